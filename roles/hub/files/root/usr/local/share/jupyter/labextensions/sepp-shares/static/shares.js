// Shows in JupyterLab's launcher a card for each share in which the user works together with others. A module container
// of JupyterLab, written by hand: it takes what it needs from JupyterLab itself, so there is nothing to build.
(() => {
  let shared;

  async function part(name) {
    const versions = shared[name];
    const factory = await versions[Object.keys(versions)[0]].get();
    return factory();
  }

  async function activate(app, launcher) {
    const { ServerConnection } = await part("@jupyterlab/services");
    const { usersIcon } = await part("@jupyterlab/ui-components");
    const settings = app.serviceManager.serverSettings;
    const response = await ServerConnection.makeRequest(`${settings.baseUrl}sepp/shares`, {}, settings);
    if (!response.ok) return;
    const { shares } = await response.json();
    for (const { name, url } of shares) {
      const command = `sepp-shares:${name}`;
      app.commands.addCommand(command, {
        label: `Work together: ${name}`,
        caption: `Open the share ${name}, where its members edit the same notebooks at the same time`,
        icon: usersIcon,
        execute: () => { window.open(url, "_blank", "noopener"); },
      });
      launcher.add({ command, category: "Other", rank: 0 });
    }
  }

  async function plugin() {
    const { ILauncher } = await part("@jupyterlab/launcher");
    return { id: "sepp-shares:cards", description: "Cards of shares", autoStart: true, requires: [ILauncher], activate };
  }

  (window._JUPYTERLAB ??= {})["sepp-shares"] = {
    init: (scope) => { shared = scope; },
    get: async () => {
      const found = await plugin();
      return () => ({ __esModule: true, default: found });
    },
  };
})();
