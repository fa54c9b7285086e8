// A real OAuth authorization server (npm's oidc-provider) below /auth, as `settings.json` beside the output says.
// It ends when its standard input does, so that it never outlives the test.

import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { Provider } from 'oidc-provider';

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));

// With a resource it drops what the application may not have, and issues tokens of this format; without, it refuses.
function provider({ issuer, resource, format }) {
  const resourceIndicators = {
    enabled: true,
    defaultResource: () => resource,
    useGrantedResource: () => true,
    getResourceServerInfo: (_, __, client) => (
      { scope: settings.ticked[client.clientId] ?? '', audience: resource, accessTokenFormat: format }
    ),
  };
  return new Provider(issuer, {
    clients: settings.clients.map((client) => (
      resource ? client : { ...client, scope: settings.ticked[client.client_id] }
    )),
    scopes: resource ? ['openid'] : settings.known,
    ttl: { ClientCredentials: 3600 },
    features: {
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      devInteractions: { enabled: false },
      ...(resource ? { resourceIndicators } : {}),
    },
  });
}

for (const server of settings.servers) {
  const made = provider(server);
  made.proxy = true;
  const answer = made.callback();
  createServer((request, response) => {
    request.originalUrl = request.url;
    request.url = request.url.replace(/^\/auth/, '') || '/';
    answer(request, response);
  }).listen(server.port, '127.0.0.1');
}

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
