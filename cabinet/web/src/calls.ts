// The list of calls by keyboard: j and k go down and up, space plays what the row has, enter opens it.

import { typing } from './keys.ts';

class Calls extends HTMLElement {
	private readonly listen = (event: KeyboardEvent): void => this.key(event);

	connectedCallback(): void {
		document.addEventListener('keydown', this.listen);
	}

	disconnectedCallback(): void {
		document.removeEventListener('keydown', this.listen);
	}

	private key(event: KeyboardEvent): void {
		if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target) || document.documentElement.dataset['keys'] === 'off') return;
		const rows = [...this.querySelectorAll<HTMLElement>('tbody tr')];
		const at = rows.findIndex((row) => row.contains(document.activeElement));
		if (event.key === 'j' || event.key === 'k') {
			const next = rows[event.key === 'j' ? at + 1 : Math.max(at - 1, 0)];
			next?.querySelector<HTMLElement>('th a')?.focus();
			event.preventDefault();
		} else if (event.key === ' ' && at >= 0 && document.activeElement?.tagName === 'A') {
			const play = rows[at]?.querySelector<HTMLElement>('a[data-play]');
			if (play) {
				event.preventDefault();
				event.stopImmediatePropagation();
				play.click();
			}
		}
	}
}

customElements.define('roadline-calls', Calls);
