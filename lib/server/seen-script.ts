// Owns: the script that makes clients of Socket.IO 0.9 and 2 say, when they come back, who they were and how
// much they have received. Their own code says neither. Applications get it as
// `socketio-middleware/client/seen.js`, and pages from us.
// Elsewhere: what the server does with it (recovery/), how it is served (client-files.ts), the file
// (doors.mjs).
//
// It is a text, so that it is served by an application that was bundled into one file as well; and in ES3, as
// pages of 0.9 run in old browsers. What it does:
// - It counts events, messages, json and acks of a connection, over all of its sessions, and says with each
//   handshake `resume=<last session id>&seen=<count>`, behind the page's own query, which is as before
//   afterwards. Polls do not carry it.
// - What a listener throws is thrown again later: else the client would drop the rest of a payload, and
//   nobody would have counted it.
// - On 0.9, what a connection that was given up still brings is dropped: the server sends it again.
// - On 2, the decoder forgets an event whose attachments a lost connection has not brought: by itself it
//   would fail ever after.
// - After a disconnect that either side has asked for, there is nothing to come back to. A server that does not
//   know the session id any more has a client of 0.9 disconnect and reconnect: that one comes back.
export const seenScript = String.raw`;(function () {
  function later(error) {
    setTimeout(function () {
      throw error
    }, 0)
  }

  function saying(connection) {
    return 'resume=' + encodeURIComponent(connection.resumes) + '&seen=' + connection.seen
  }

  function old(io) {
    var Socket = io.Socket.prototype
    var Transport = io.Transport.prototype
    var onPacket = Transport.onPacket
    var handshake = Socket.handshake
    var onConnect = Socket.onConnect
    var onDisconnect = Socket.onDisconnect
    if (Socket.seen === 0) return
    Socket.seen = 0

    Transport.onPacket = function (packet) {
      var socket = this.socket
      var resumes = socket.resumes
      if (this.sessid !== socket.sessionid) return this
      if (/^(event|message|json|ack)$/.test(packet.type)) {
        if (!socket.connected) return this
        socket.seen++
      }
      try {
        onPacket.call(this, packet)
      } catch (error) {
        later(error)
      }
      if (packet.advice === 'reconnect') socket.resumes = resumes
      return this
    }
    Socket.onConnect = function () {
      this.resumes = this.sessionid
      onConnect.apply(this, arguments)
    }
    Socket.onDisconnect = function (reason) {
      if (reason === 'booted') this.resumes = ''
      onDisconnect.apply(this, arguments)
    }
    Socket.handshake = function () {
      var options = this.options
      var query = options.query
      if (this.resumes) options.query = (query ? query + '&' : '') + saying(this)
      try {
        handshake.apply(this, arguments)
      } catch (error) {
        later(error)
      }
      options.query = query
    }
  }

  function newer(io) {
    var Manager = io.Manager.prototype
    var open = Manager.open
    var close = Manager.close
    var onopen = Manager.onopen
    var ondecoded = Manager.ondecoded
    if (Manager.seen === 0) return
    Manager.seen = 0

    function unsay(query) {
      delete query.resume
      delete query.seen
    }

    Manager.open = Manager.connect = function () {
      if (!this.resumes || this.readyState !== 'closed') return open.apply(this, arguments)
      var uri = this.uri
      var query = this.opts.query
      var copy = { resume: this.resumes, seen: this.seen }
      if (/\?[^#]/.test(uri)) this.uri = uri.replace(/#|$/, '&' + saying(this) + '$&')
      else if (query && typeof query === 'object') {
        for (var name in query) if (query.hasOwnProperty(name)) copy[name] = query[name]
        this.opts.query = copy
      } else this.opts.query = (query ? query + '&' : '') + saying(this)
      this.said = true
      open.apply(this, arguments)
      this.uri = uri
      this.opts.query = query
      return this
    }
    Manager.close = Manager.disconnect = function () {
      this.resumes = ''
      return close.apply(this, arguments)
    }
    Manager.onopen = function () {
      var engine = this.engine
      if (this.said) {
        this.said = false
        unsay(engine.query)
        unsay(engine.transport.query)
      }
      this.resumes = engine.id
      this.decoder.reconstructor = null
      return onopen.apply(this, arguments)
    }
    Manager.ondecoded = function (packet) {
      var type = packet.type
      if (type === 2 || type === 3 || type === 5 || type === 6) this.seen++
      try {
        ondecoded.call(this, packet)
      } catch (error) {
        later(error)
      }
    }
  }

  function count(io) {
    if (io.Transport) old(io)
    else if (io.protocol === 4) newer(io)
    return io
  }

  var own = typeof module === 'object' && module.exports
  // Where it is appended to a client, that is there.
  if (own && own.connect) count(own)
  else if (own) module.exports = count
  else if (typeof io !== 'undefined') count(io)
})()
`
