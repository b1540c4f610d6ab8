// A real OpenID Connect provider on loopback, for the sign-in tests: panva's oidc-provider with personas
// that sign in without a page. Prints {"issuer":…} and serves until its standard input ends.
// Environment: PEER_ALG (RS256, ES256), PEER_AUTH (client_secret_basic, client_secret_post, none),
// PEER_CLAIMS (id_token, userinfo): where the e-mail is told, PEER_REDIRECTS: comma-separated,
// PEER_PERSON: who signs in without a login_hint, PEER_TLS: a folder with cert.pem and key.pem; then it speaks HTTPS, by HTTP/2 to whoever can.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import Provider from 'oidc-provider';

const { PEER_ALG = 'RS256', PEER_AUTH = 'client_secret_basic' } = process.env;
const { PEER_CLAIMS = 'id_token', PEER_PERSON = 'ada' } = process.env;

const personas = {
  ada: { email: 'Ada@Example.org', email_verified: true, name: 'Ada Lovelace' },
  grace: { email: 'grace@example.org', email_verified: true, name: 'Grace Hopper' },
  impostor: { email: 'ada@example.org', email_verified: true, name: 'Somebody Else' },
  unverified: { email: 'mallory@example.org', email_verified: false, name: 'Mallory' },
  nameless: { name: 'No Address' },
};

function key(type, options, extra) {
  const jwk = generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' });
  return { ...jwk, use: 'sig', ...extra };
}

function configuration() {
  const client = {
    client_id: 'enigma',
    redirect_uris: process.env.PEER_REDIRECTS.split(','),
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: PEER_AUTH,
    id_token_signed_response_alg: PEER_ALG,
  };
  if (PEER_AUTH !== 'none') client.client_secret = 's3cret of the tests/+&=%';
  return {
    clients: [client],
    clientAuthMethods: [PEER_AUTH],
    jwks: {
      keys: [
        key('rsa', { modulusLength: 2048 }, { kid: 'rsa-1', alg: 'RS256' }),
        key('ec', { namedCurve: 'P-256' }, { kid: 'ec-1', alg: 'ES256' }),
      ],
    },
    cookies: { keys: ['only for tests'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: PEER_CLAIMS === 'userinfo',
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    ttl: { Session: 600, Grant: 600, Interaction: 600, IdToken: 300, AccessToken: 300 },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (ctx, id) =>
      personas[id] && { accountId: id, claims: async () => ({ sub: id, ...personas[id] }) },
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  };
}

function listener() {
  const dir = process.env.PEER_TLS;
  if (!dir) return createServer();
  const [cert, key] = ['cert', 'key'].map((name) => readFileSync(`${dir}/${name}.pem`));
  return createSecureServer({ cert, key, allowHTTP1: true });
}

const asked = {}; // path: the version of HTTP by which it was asked last
const server = listener();
server.listen(0, '127.0.0.1', () => {
  const issuer = `${process.env.PEER_TLS ? 'https' : 'http'}://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration());
  const rest = provider.callback();
  server.on('request', async (req, res) => {
    asked[req.url.split('?')[0]] = req.httpVersion;
    if (req.url === '/asked') return res.end(JSON.stringify(asked));
    if (!req.url.startsWith('/interaction/')) return rest(req, res);
    try {
      const { params } = await provider.interactionDetails(req, res);
      const who = params.login_hint ?? PEER_PERSON;
      const refusal = { error: 'access_denied', error_description: '<b>declined</b>' };
      const result = who === 'declines' ? refusal : { login: { accountId: who } };
      await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
    } catch (e) {
      res.statusCode = 500;
      res.end(String(e));
    }
  });
  console.log(JSON.stringify({ issuer }));
});
process.stdin.on('end', () => process.exit(0)).resume();
