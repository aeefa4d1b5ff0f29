// A certified OpenID Connect provider on loopback, for the tests: any name and any password sign in.
// Usage: node server.js <port> <file with a key and its certificate>
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import Provider from 'oidc-provider';

const [port, tls] = process.argv.slice(2);
const issuer = `https://127.0.0.1:${port}`;

function signingKey(alg, type, options) {
  const { privateKey } = generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: randomUUID() };
}

const provider = new Provider(issuer, {
  jwks: {
    keys: [
      signingKey('RS256', 'rsa', { modulusLength: 2048 }),
      signingKey('ES256', 'ec', { namedCurve: 'P-256' }),
    ],
  },
  cookies: { keys: [randomUUID()] },
  claims: {
    openid: ['sub'],
    email: ['email', 'email_verified'],
    profile: ['name', 'preferred_username', 'groups'],
  },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256'] },
  features: {
    devInteractions: { enabled: true },
    registration: { enabled: true },
    revocation: { enabled: true },
    backchannelLogout: { enabled: true },
  },
  rotateRefreshToken: true,
  // The tests' own server takes logout tokens, at an address that the package refuses otherwise.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      name: id,
      preferred_username: id,
      email: `${id}@example.com`,
      email_verified: true,
      groups: ['Engineers'],
    }),
  }),
});

const pem = readFileSync(tls);
createServer({ key: pem, cert: pem }, provider.callback()).listen(Number(port), '127.0.0.1', () => {
  console.log('ready');
});
