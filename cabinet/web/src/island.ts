// Islands are custom elements: plain HTML that a script makes more of. A page that holds one loads its script, others do
// not. Mark an island that keeps a state of its own with hx-morph-skip, so that an update from the server leaves it alone.

// islands says by element which script draws it.
const islands: Record<string, () => Promise<unknown>> = {
	'roadline-editor': () => import('./editor.ts'),
	'roadline-live': () => import('./live.ts'),
	'roadline-calls': () => import('./calls.ts'),
	'roadline-ladder': () => import('./ladder.ts'),
	'roadline-player': () => import('./player.ts'),
};

function load(): void {
	for (const [name, script] of Object.entries(islands)) {
		if (!customElements.get(name) && document.querySelector(name)) void script();
	}
}

load();
document.addEventListener('htmx:after:swap', load);
document.addEventListener('roadline:island', load); // a script of ours put one into the page
