// Owns: phrases that neither documents nor comments and messages of lib have: what sounds translated, and people for things.
// Elsewhere: what documents do not have either (test/unit/documents.test.ts), comments of lib (test/unit/comments.test.ts).

export const translatedPhrases: readonly RegExp[] = [
  /\bwho(?:so)?ever\b/gi,
  /\bwhat(?:ever)? (?:is|are) no\b/gi,
  /\b(?:is|are|was|were|been) told of\b/gi,
  /\btells? of\b/gi,
  /\bhear(?:s|d|ing)?\b/gi,
  /\bgood-?bye\b/gi,
  /\bfarewell\b/gi,
  /\bsigns? of life\b/gi,
  /\blet(?:s|ting)? go\b/gi,
  /\bthe ones that\b/gi,
  /\bby now\b/gi,
  /\bbelong(?:s|ed)? into\b/gi,
  /\bas ever\b/gi,
  /\bbag of types\b/gi,
  /\bsomebody else than\b/gi,
  /\bwhere that may be\b/gi,
]
