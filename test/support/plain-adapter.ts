// Owns: Socket.IO's adapter in memory under a name of our own, for factories that sometimes make one.
import { Adapter } from 'socket.io-adapter'

export class LocalOnly extends Adapter {}
