// Shows in JupyterLab when the user's storage is full or nearly so. A module container of JupyterLab, written by hand:
// it takes what it needs from JupyterLab itself, so there is nothing to build.
(() => {
  const EVERY = 30_000; // milliseconds between two looks
  const COLOURS = {
    warning: ["#fdeede", "#7a3800"],
    full: ["#fce8e6", "#8c1812"],
  };
  let shared;

  async function part(name) {
    const versions = shared[name];
    const factory = await versions[Object.keys(versions)[0]].get();
    return factory();
  }

  function draw(node, notices) {
    node.replaceChildren(
      ...notices.map(({ level, text }) => {
        const line = document.createElement("div");
        const [background, colour] = COLOURS[level];
        line.className = `sepp-notice sepp-notice-${level}`;
        line.setAttribute("role", level === "full" ? "alert" : "status");
        line.style.cssText = `background:${background};color:${colour};padding:6px 16px;font-weight:600`;
        line.textContent = text;
        return line;
      }),
    );
  }

  async function activate(app) {
    const { Widget } = await part("@lumino/widgets");
    const { ServerConnection } = await part("@jupyterlab/services");
    const widget = new Widget();
    widget.id = "sepp-notices";
    let shown = "[]";
    const look = async () => {
      const settings = app.serviceManager.serverSettings;
      const response = await ServerConnection.makeRequest(`${settings.baseUrl}sepp/storage`, {}, settings);
      if (!response.ok) return;
      const { notices } = await response.json();
      if (JSON.stringify(notices) === shown) return;
      shown = JSON.stringify(notices);
      draw(widget.node, notices);
      widget.node.style.minHeight = `${30 * notices.length}px`;
      if (notices.length && !widget.isAttached) app.shell.add(widget, "header", { rank: 0 });
      widget.setHidden(!notices.length);
      widget.parent?.fit();
    };
    const again = () => look().catch((error) => console.warn("storage notices:", error));
    // Not awaited: JupyterLab is restored only after all plugins are active.
    app.restored.then(again);
    setInterval(again, EVERY);
  }

  const plugin = { id: "sepp-lab:notices", description: "Storage notices", autoStart: true, activate };
  (window._JUPYTERLAB ??= {})["sepp-lab"] = {
    init: (scope) => { shared = scope; },
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();
