// The editor of the company's document: a textarea with the numbers of its lines, marks at those that are wrong, and an
// offer of keys and ids while somebody writes. Without this script it is a textarea.

interface Words {
	keys: Record<string, string[]>; // by place: "" the top, "employees" what a person has, * for a name of one's own
	ids: Record<string, string[]>; // by key: what may stand behind it
}

// parts are the lists and mappings around a line: their keys, the outermost first, by how far in they stand.
function parts(lines: string[], at: number, indent: number): string[] {
	const keys: string[] = [];
	for (let i = at - 1; i >= 0 && indent > 0; i--) {
		const found = /^(\s*(?:- +)*)([\w*+"'-]+):/.exec(lines[i] ?? '');
		const column = found?.[1]?.length ?? 0;
		if (found?.[2] && column < indent) {
			keys.unshift(found[2]);
			indent = found[1]?.includes('-') ? column - 2 : column;
		}
	}
	return keys;
}

// known are the keys of a place, whose names of one's own are tried as *.
function known(words: Words, place: string[]): string[] {
	const ways = [place.join('.')];
	for (let i = 1; i < place.length; i++) ways.push([...place.slice(0, i), '*', ...place.slice(i + 1)].join('.'));
	for (const way of ways) if (words.keys[way]) return words.keys[way];
	return [];
}

class Editor extends HTMLElement {
	private text!: HTMLTextAreaElement;
	private numbers = document.createElement('pre');
	private offers = document.createElement('ul');
	private words: Words = { keys: {}, ids: {} };
	private chosen = 0;
	private watch?: MutationObserver;

	connectedCallback(): void {
		const text = this.querySelector('textarea');
		if (!text || this.classList.contains('alive')) return;
		this.text = text;
		this.words = JSON.parse(this.dataset['words'] ?? '{"keys":{},"ids":{}}') as Words;
		this.classList.add('alive');
		this.numbers.className = 'numbers';
		this.numbers.setAttribute('aria-hidden', 'true');
		this.offers.className = 'offers';
		this.offers.id = 'offers';
		this.offers.setAttribute('role', 'listbox');
		this.offers.setAttribute('aria-label', text.labels[0]?.textContent ?? '');
		this.offers.hidden = true;
		text.setAttribute('aria-autocomplete', 'list');
		this.prepend(this.numbers);
		this.append(this.offers);
		text.addEventListener('input', () => this.written());
		text.addEventListener('scroll', () => { this.numbers.scrollTop = text.scrollTop; });
		text.addEventListener('keydown', (event) => this.key(event));
		text.addEventListener('blur', () => { this.offers.hidden = true; });
		this.offers.addEventListener('mousedown', (event) => {
			event.preventDefault();
			const item = (event.target as HTMLElement).closest('li');
			if (item) this.take(item.textContent ?? '');
		});
		document.addEventListener('click', this.jump);
		const mistakes = document.getElementById('mistakes');
		if (mistakes) {
			this.watch = new MutationObserver(() => this.count());
			this.watch.observe(mistakes, { childList: true, subtree: true });
		}
		this.count();
	}

	disconnectedCallback(): void {
		document.removeEventListener('click', this.jump);
		this.watch?.disconnect();
	}

	// count writes the numbers of the lines and marks those that are wrong.
	private count(): void {
		const wrong = new Set([...document.querySelectorAll<HTMLElement>('#mistakes li[data-line]')].map((li) => Number(li.dataset['line'])));
		const lines = this.text.value.split('\n').length;
		this.numbers.replaceChildren();
		for (let i = 1; i <= lines; i++) {
			const mark = document.createElement('span');
			mark.textContent = `${i}\n`;
			if (wrong.has(i)) mark.className = 'bad';
			this.numbers.append(mark);
		}
		this.numbers.scrollTop = this.text.scrollTop;
	}

	// jump goes to the line that a mistake names.
	private jump = (event: Event): void => {
		const link = (event.target as HTMLElement).closest<HTMLElement>('#mistakes a[data-line]');
		if (!link) return;
		event.preventDefault();
		const line = Number(link.dataset['line']);
		const lines = this.text.value.split('\n');
		const from = lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0);
		this.text.focus();
		this.text.setSelectionRange(from, from + (lines[line - 1]?.length ?? 0));
		this.text.scrollTop = Math.max(0, (line - 5) * 20);
	};

	private written(): void {
		this.count();
		const before = this.text.value.slice(0, this.text.selectionStart).split('\n');
		const line = before[before.length - 1] ?? '';
		const word = /[\w-]*$/.exec(line)?.[0] ?? '';
		const all = this.fitting(before, line).filter((w) => w.startsWith(word) && w !== word);
		this.chosen = 0;
		this.offers.hidden = word === '' || all.length === 0;
		if (this.offers.hidden) return;
		this.offers.replaceChildren(...all.slice(0, 12).map((w, i) => {
			const item = document.createElement('li');
			item.setAttribute('role', 'option');
			item.setAttribute('aria-selected', String(i === 0));
			item.textContent = w;
			return item;
		}));
		this.offers.style.setProperty('left', `${Math.min(60 + (line.length - word.length) * 8, this.clientWidth - 160)}px`);
		this.offers.style.setProperty('top', `${before.length * 20 - this.text.scrollTop + 12}px`);
	}

	// fitting are the words that may stand where the cursor is: behind a key its values, else the keys of the place.
	private fitting(before: string[], line: string): string[] {
		const value = /([\w]+):\s*\[?(?:[^{}\[\]]*,\s*)?[\w-]*$/.exec(line);
		if (value?.[1] && this.words.ids[value[1]]) return this.words.ids[value[1]] ?? [];
		if (!/^\s*(?:- +)*[\w-]*$/.test(line)) return [];
		const indent = line.length - line.trimStart().replace(/^(- +)+/, '').length;
		return known(this.words, parts(before, before.length - 1, indent));
	}

	private key(event: KeyboardEvent): void {
		if (this.offers.hidden) return;
		const items = [...this.offers.children];
		switch (event.key) {
			case 'ArrowDown':
			case 'ArrowUp':
				this.chosen = (this.chosen + (event.key === 'ArrowDown' ? 1 : items.length - 1)) % items.length;
				items.forEach((item, i) => item.setAttribute('aria-selected', String(i === this.chosen)));
				break;
			case 'Enter':
			case 'Tab':
				this.take(items[this.chosen]?.textContent ?? '');
				break;
			case 'Escape':
				this.offers.hidden = true;
				break;
			default:
				return;
		}
		event.preventDefault();
	}

	// take puts an offered word in the place of the one that was begun; undo takes it back, as any writing.
	private take(word: string): void {
		const end = this.text.selectionStart;
		const begun = /[\w-]*$/.exec(this.text.value.slice(0, end))?.[0] ?? '';
		this.text.focus();
		this.text.setSelectionRange(end - begun.length, end);
		document.execCommand('insertText', false, word); // setRangeText could not be undone
		this.offers.hidden = true;
		this.count();
	}
}

customElements.define('roadline-editor', Editor);

export {};
