// <roadline-live> keeps the clocks and strips of calls going on a page: the server says when something began, the browser
// counts. Without it the page says at what time of day it began.

function clock(seconds: number): string {
	const s = String(seconds % 60).padStart(2, '0');
	const m = Math.floor(seconds / 60) % 60;
	const h = Math.floor(seconds / 3600);
	return h > 0 ? `${h}:${String(m).padStart(2, '0')}:${s}` : `${m}:${s}`;
}

// since is for how many seconds something has gone on; a browser's clock that is slow makes it none.
function since(moment: string | undefined): number {
	const began = Date.parse(moment ?? '');
	return Number.isNaN(began) ? 0 : Math.max(0, Math.floor((Date.now() - began) / 1000));
}

// grow makes a call's strip as long as the call, and its last phase go on.
function grow(call: HTMLElement): void {
	const strip = call.querySelector('svg.strip');
	const last = strip?.querySelector('rect:last-of-type');
	if (!strip || !last) return;
	const length = Math.max(1, since(call.dataset['began']));
	strip.setAttribute('viewBox', `0 0 ${length} 1`);
	last.setAttribute('width', String(Math.max(1, length - Number(last.getAttribute('x')))));
}

function tick(): void {
	for (const time of document.querySelectorAll<HTMLElement>('time[data-since]')) time.textContent = clock(since(time.dataset['since']));
	for (const call of document.querySelectorAll<HTMLElement>('[data-began]')) grow(call);
}

class Live extends HTMLElement {
	#ticking = 0;

	connectedCallback(): void {
		tick();
		this.#ticking = window.setInterval(tick, 1000);
		document.addEventListener('htmx:after:swap', tick);
	}

	disconnectedCallback(): void {
		window.clearInterval(this.#ticking);
		document.removeEventListener('htmx:after:swap', tick);
	}
}

customElements.define('roadline-live', Live);
