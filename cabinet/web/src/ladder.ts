// The ladder of a call: its rows are walked by j and k, enter opens what was said, t changes between time of the call and of
// the day, f shows only what went wrong, c copies the whole as text, p downloads a capture. Without this script everything is
// there to be read.

class Ladder extends HTMLElement {
	private at = -1; // the row that was walked to
	private relative: string[] = [];

	connectedCallback(): void {
		const keys = document.createElement('p');
		keys.className = 'muted';
		keys.textContent = this.dataset['keys'] ?? '';
		this.prepend(keys);
		document.addEventListener('keydown', this.pressed);
	}

	disconnectedCallback(): void {
		document.removeEventListener('keydown', this.pressed);
	}

	private rows(): HTMLTableRowElement[] {
		const all = [...this.querySelectorAll<HTMLTableRowElement>('tbody tr')];
		return all.filter((row) => row.offsetParent !== null);
	}

	private pressed = (event: KeyboardEvent): void => {
		const target = event.target;
		const typing = target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));
		if (event.ctrlKey || event.altKey || event.metaKey || typing || document.documentElement.dataset['keys'] === 'off') return;
		switch (event.key) {
			case 'j':
				this.walk(1);
				break;
			case 'k':
				this.walk(-1);
				break;
			case 'Enter':
				if (target instanceof HTMLElement && target.closest('a, button, summary')) return;
				this.open();
				break;
			case 't':
				this.clocks();
				break;
			case 'f':
				this.querySelector('.ladder')?.classList.toggle('wrong-only');
				break;
			case 'c':
				void this.copy();
				break;
			case 'p':
				document.querySelector<HTMLElement>('a[data-key="p"]')?.click();
				break;
			default:
				return;
		}
		event.preventDefault();
	};

	private walk(by: number): void {
		const rows = this.rows();
		const row = rows[Math.max(0, Math.min(rows.length - 1, this.at + by))];
		if (!row) return;
		this.querySelector('tr.here')?.classList.remove('here');
		row.classList.add('here');
		this.at = rows.indexOf(row);
		row.querySelector<HTMLElement>('th a')?.focus();
		row.scrollIntoView({block: 'nearest'});
	}

	private open(): void {
		const details = this.querySelector<HTMLDetailsElement>('tr.here details');
		if (details) details.open = !details.open;
	}

	private clocks(): void {
		const times = [...this.querySelectorAll<HTMLTimeElement>('th time')];
		if (this.relative.length) {
			times.forEach((time, i) => (time.textContent = this.relative[i] ?? ''));
			this.relative = [];
			return;
		}
		this.relative = times.map((time) => time.textContent ?? '');
		for (const time of times) time.textContent = time.dataset['clock'] ?? '';
	}

	private async copy(): Promise<void> {
		const text = this.querySelector<HTMLTemplateElement>('template.text')?.content.textContent ?? '';
		await navigator.clipboard.writeText(text);
		const told = document.getElementById('told');
		if (told) told.textContent = this.dataset['copied'] ?? '';
	}
}

customElements.define('roadline-ladder', Ladder);
