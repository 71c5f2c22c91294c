using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "internet", network = (allow = ["public", "private"]) ),
    ( name = "main",
      worker = (
        compatibilityDate = "2026-01-01",
        modules = [
          (name = "cloudflare.js", esModule = embed "cloudflare.js"),
          (name = "handler.js", esModule = embed "handler.js"),
          (name = "signature.js", esModule = embed "signature.js"),
          (name = "bundle.js", esModule = embed "bundle.js"),
        ],
        bindings = [
          (name = "FLOWC_AUTH_TOKEN", fromEnvironment = "FLOWC_AUTH_TOKEN"),
          (name = "FLOWC_AUTH_TOKEN_MINE", fromEnvironment = "FLOWC_AUTH_TOKEN_MINE"),
          (name = "FLOWC_AUTH_TOKEN_SHUT", fromEnvironment = "FLOWC_AUTH_TOKEN_SHUT"),
          (name = "FLOWC_SHARED_KEY", fromEnvironment = "FLOWC_SHARED_KEY"),
        ],
      ),
    ),
  ],
  sockets = [(name = "http", http = (), service = "main")],
);
