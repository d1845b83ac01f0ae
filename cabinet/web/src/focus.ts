// The page changes without being loaded anew: whoever reads with ears must hear that, and whoever types must land in the
// field that is wrong.

const told = (): HTMLElement | null => document.getElementById('told');

// tell says a sentence to whoever reads with ears.
export function tell(text: string): void {
	const place = told();
	if (place) place.textContent = text;
}

function land(): void {
	const wrong = document.querySelector<HTMLElement>('[aria-invalid="true"]');
	if (wrong) wrong.focus();
}

let shown = location.pathname;

document.addEventListener('htmx:after:swap', () => {
	if (document.querySelector('[aria-invalid="true"]')) {
		land();
		return;
	}
	if (location.pathname !== shown) {
		shown = location.pathname;
		for (const open of document.querySelectorAll('.rail details[open]')) open.removeAttribute('open');
		document.getElementById('main')?.focus({ preventScroll: true });
		window.scrollTo(0, 0);
		tell(document.title);
	}
});

land();
