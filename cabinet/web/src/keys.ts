// Keys without a modifier, for those who want them: "/" to search, "g" and then a letter to go somewhere, "?" for the list.
// They are switched off with <html data-keys="off"> (WCAG 2.1.4) and never act where somebody types.

let going = 0; // when "g" was pressed, in ms; 0: it was not

export function typing(target: EventTarget | null): boolean {
	return target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));
}

document.addEventListener('keydown', (event) => {
	if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target) || document.documentElement.dataset['keys'] === 'off') return;
	if (event.key === '/') {
		const search = document.querySelector<HTMLInputElement>('input[type="search"]');
		if (search) {
			event.preventDefault();
			search.focus();
		}
		return;
	}
	if (event.key === 'g') {
		going = event.timeStamp;
		return;
	}
	if (going && event.timeStamp - going < 1500) {
		document.querySelector<HTMLAnchorElement>(`.rail a[data-key="${CSS.escape(event.key)}"]`)?.click();
	}
	going = 0;
});
