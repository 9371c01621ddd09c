// PostGraphile 4 over the notes database, on a free port of this machine, which it prints.
//
//   NODE_PATH=... DATABASE=postgres://... PUBLIC_KEY=<PEM> ISSUER=... AUDIENCE=... node server.cjs

const http = require('http');
const { postgraphile } = require('postgraphile');
const manyToMany = require('@graphile-contrib/pg-many-to-many');
const connectionFilter = require('postgraphile-plugin-connection-filter');
const fulltextFilter = require('postgraphile-plugin-fulltext-filter');
const nestedMutations = require('postgraphile-plugin-nested-mutations');

const { DATABASE, PUBLIC_KEY, ISSUER, AUDIENCE } = process.env;

const notes = postgraphile(DATABASE, 'notes', {
  appendPlugins: [manyToMany, connectionFilter, fulltextFilter, nestedMutations],
  bodySizeLimit: '20MB',
  disableQueryLog: true,
  dynamicJson: true,
  extendedErrors: ['errcode'],
  jwtPublicKey: PUBLIC_KEY,
  jwtVerifyOptions: { algorithms: ['RS256'], issuer: ISSUER, audience: AUDIENCE },
  pgDefaultRole: 'notes_user',
});

const server = http.createServer(notes).listen(0, '127.0.0.1', () => {
  console.log(server.address().port);
});
