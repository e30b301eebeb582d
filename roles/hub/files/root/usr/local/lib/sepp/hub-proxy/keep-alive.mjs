// Keeps connections to users' servers open, as the proxy does for all but unix sockets. Where a server answers and closes,
// the proxy's last, empty write to its socket fails with EPIPE now and then, and the user gets an error 503 for a request
// that succeeded: https://github.com/nodejs/node/issues/40553.
import { ConfigurableProxy } from "configurable-http-proxy";

const { handleProxyWeb, proxyOptsForTarget } = ConfigurableProxy.prototype;

ConfigurableProxy.prototype.handleProxyWeb = function (request, response) {
  // This header is about the client's own connection (RFC 9110, 7.6.1), and the proxy would send it on.
  request.headers.connection = "keep-alive";
  return handleProxyWeb.call(this, request, response);
};

ConfigurableProxy.prototype.proxyOptsForTarget = function (target) {
  return { agent: this.httpAgent, ...proxyOptsForTarget.call(this, target) };
};
