// <roadline-player data-call="ID"> around an <audio>: two tracks in the colours of the client and of us, speed, silence
// that is skipped, comments and links at a moment. Its words stand in <template id="player">. Without scripts the
// <audio> has its own controls.
import WaveSurfer from 'wavesurfer.js';
import { tell } from './focus.ts';
import { typing } from './keys.ts';
import { nonce } from './nonce.ts';
import { fetchPeaks, soundAfter, speaker, type Peaks } from './peaks.ts';

const jump = 10; // seconds
const dull = 1.5; // seconds of silence that are worth skipping
const speeds = [0.75, 1, 1.25, 1.5, 2];

// clock is seconds as people read them: 1:12.
function clock(seconds: number): string {
	const s = Math.max(0, Math.floor(seconds));
	const rest = String(s % 60).padStart(2, '0');
	return s < 3600 ? `${Math.floor(s / 60)}:${rest}` : `${Math.floor(s / 3600)}:${String(Math.floor(s / 60) % 60).padStart(2, '0')}:${rest}`;
}

// colour is a colour of the page as a canvas takes it.
function colour(name: string): string {
	const probe = document.createElement('span');
	probe.className = name;
	document.body.append(probe);
	const value = getComputedStyle(probe).color;
	probe.remove();
	return value;
}

class Player extends HTMLElement {
	private audio: HTMLAudioElement | null = null;
	private wave: WaveSurfer | null = null;
	private peaks: Peaks | null = null;

	get call(): string {
		return this.dataset['call'] ?? '';
	}

	private get docked(): boolean {
		return 'docked' in this.dataset;
	}

	connectedCallback(): void {
		const words = document.querySelector<HTMLTemplateElement>('template#player');
		this.audio ??= this.querySelector('audio');
		if (!words || !this.audio || this.querySelector('.player')) return;
		this.append(words.content.cloneNode(true));
		this.audio.controls = false;
		this.find('[data-do="close"]').hidden = !this.docked;
		const title = this.find<HTMLAnchorElement>('.player-title');
		title.textContent = this.dataset['title'] ?? '';
		title.href = `/calls/${this.call}`;
		this.find('.player-head').hidden = !this.docked;
		this.addEventListener('click', (event) => this.pressed(event));
		this.addEventListener('change', (event) => this.changed(event));
		this.find('form').addEventListener('submit', (event) => void this.note(event));
		this.find('.player-wave').addEventListener('keydown', (event) => this.slide(event));
		for (const name of ['play', 'pause', 'ended', 'seeked', 'loadedmetadata', 'timeupdate']) this.audio.addEventListener(name, () => this.show());
		this.audio.addEventListener('play', () => this.alone());
		this.audio.addEventListener('error', () => { this.find('.player-failed').hidden = false; });
		this.show();
		this.begin();
		void this.draw();
	}

	disconnectedCallback(): void {
		this.audio?.pause();
		this.wave?.destroy();
		this.wave = null;
	}

	// seek goes to a moment, in seconds.
	seek(to: number): void {
		if (!this.audio) return;
		this.audio.currentTime = Math.min(Math.max(to, 0), this.length());
		this.show();
	}

	toggle(): void {
		if (this.audio?.paused) void this.audio.play().catch(() => { this.find('.player-failed').hidden = false; });
		else this.audio?.pause();
	}

	by(seconds: number): void {
		this.seek((this.audio?.currentTime ?? 0) + seconds);
	}

	// faster takes the next speed, or the one before.
	faster(step: 1 | -1): void {
		if (!this.audio) return;
		const next = speeds[speeds.indexOf(this.audio.playbackRate) + step];
		if (next === undefined) return;
		this.audio.playbackRate = next;
		this.find<HTMLSelectElement>('[data-do="speed"]').value = String(next);
		tell(`${next}×`);
	}

	write(): void {
		this.audio?.pause();
		const form = this.find('form');
		form.hidden = false;
		form.querySelector('textarea')?.focus();
	}

	private find<E extends HTMLElement = HTMLElement>(selector: string): E {
		const found = this.querySelector<E>(selector);
		if (!found) throw new Error(`the player has no ${selector}`);
		return found;
	}

	private length(): number {
		const known = this.audio?.duration ?? NaN;
		return Number.isFinite(known) ? known : (this.peaks?.length ?? 0);
	}

	// begin goes to the moment that the page's address names.
	private begin(): void {
		const at = Number(new URLSearchParams(location.search).get('t'));
		if (this.docked || !this.audio || !(at > 0)) return;
		const audio = this.audio;
		if (audio.readyState >= 1) {
			this.seek(at);
			return;
		}
		audio.preload = 'metadata';
		audio.addEventListener('loadedmetadata', () => this.seek(at), { once: true });
		audio.load();
	}

	private async draw(): Promise<void> {
		this.peaks = await fetchPeaks(this.call).catch(() => null);
		if (!this.peaks || !this.audio || !this.isConnected) return;
		const track = (name: string): object => ({ waveColor: colour(`${name} faint`), progressColor: colour(name) });
		this.wave = WaveSurfer.create({
			container: this.find('.player-wave'), media: this.audio, peaks: [this.peaks.client, this.peaks.us], duration: this.peaks.length,
			height: 36, normalize: true, barWidth: 2, barGap: 1, cursorWidth: 2, cursorColor: colour('text'), dragToSeek: true, hideScrollbar: true, cspNonce: nonce,
			splitChannels: [track('client'), track('us')],
		});
		this.wave.on('interaction', () => this.show());
		this.pin();
		this.show();
	}

	// pin marks the comments that the page shows.
	private pin(): void {
		if (this.docked || !this.peaks) return;
		for (const comment of document.querySelectorAll<HTMLElement>('[data-moment]')) {
			const at = Number(comment.dataset['moment']);
			const pin = document.createElement('button');
			pin.type = 'button';
			pin.className = 'player-pin';
			pin.dataset['seek'] = String(at);
			pin.style.left = `${Math.min(100, (100 * at) / Math.max(this.peaks.length, 1))}%`;
			pin.title = comment.querySelector('.said')?.textContent?.trim() ?? '';
			pin.setAttribute('aria-label', `${clock(at)}: ${pin.title}`);
			this.find('.player-lanes').append(pin);
		}
	}

	// show draws how far the sound is. An update of the page may have taken the player away while the sound still told of itself.
	private show(): void {
		if (!this.audio || !this.querySelector('.player')) return;
		const at = this.audio.currentTime;
		this.classList.toggle('playing', !this.audio.paused);
		const play = this.find('[data-do="play"]');
		play.setAttribute('aria-label', (this.audio.paused ? play.dataset['playWord'] : play.dataset['pause']) ?? '');
		this.find('.player-time').textContent = `${clock(at)} / ${clock(this.length())}`;
		const word = this.find('[data-do="note"] span');
		word.textContent = (word.dataset['word'] ?? '').replace('{at}', clock(at));
		const slider = this.find('.player-wave');
		slider.setAttribute('aria-valuemax', String(Math.floor(this.length())));
		slider.setAttribute('aria-valuenow', String(Math.floor(at)));
		let said = (slider.dataset['of'] ?? '').replace('{at}', clock(at)).replace('{whole}', clock(this.length()));
		if (this.peaks) {
			const who = speaker(this.peaks, at);
			said += `, ${slider.getAttribute(`data-speaks-${who}`) ?? ''}`;
			if (who === 'none' && !this.audio.paused && this.find<HTMLInputElement>('[data-do="skip"]').checked) this.hurry(at);
		}
		slider.setAttribute('aria-valuetext', said);
	}

	// hurry goes over a silence.
	private hurry(at: number): void {
		if (!this.peaks || !this.audio) return;
		const next = soundAfter(this.peaks, at);
		if (next - at > dull) this.audio.currentTime = next - 0.3;
	}

	// alone has one recording play at a time.
	private alone(): void {
		for (const other of document.querySelectorAll<HTMLAudioElement>('roadline-player audio')) if (other !== this.audio) other.pause();
	}

	private pressed(event: Event): void {
		const button = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-do], [data-seek]') : null;
		if (!button) return;
		if (button.dataset['seek']) this.seek(Number(button.dataset['seek']));
		switch (button.dataset['do']) {
			case 'play': this.toggle(); break;
			case 'back': this.by(-jump); break;
			case 'forward': this.by(jump); break;
			case 'note': this.write(); break;
			case 'unnote': this.find('form').hidden = true; break;
			case 'copy': void this.copy(button); break;
			case 'close': this.remove(); break;
		}
	}

	private changed(event: Event): void {
		const field = event.target;
		if (field instanceof HTMLSelectElement && field.dataset['do'] === 'speed' && this.audio) this.audio.playbackRate = Number(field.value);
	}

	private slide(event: KeyboardEvent): void {
		const at = this.audio?.currentTime ?? 0;
		const to: Record<string, number> = {
			ArrowLeft: at - 5, ArrowDown: at - 5, ArrowRight: at + 5, ArrowUp: at + 5, PageDown: at - jump, PageUp: at + jump, Home: 0, End: this.length(),
		};
		const next = to[event.key];
		if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
		event.preventDefault();
		this.seek(next);
	}

	private async copy(button: HTMLElement): Promise<void> {
		const link = new URL(`/calls/${this.call}?t=${Math.floor(this.audio?.currentTime ?? 0)}`, location.href);
		await navigator.clipboard.writeText(link.href).catch(() => {});
		tell(button.dataset['done'] ?? '');
	}

	private async note(event: Event): Promise<void> {
		event.preventDefault();
		const form = this.find<HTMLFormElement>('form');
		const body = new URLSearchParams({ body: form.querySelector('textarea')?.value ?? '', moment: String(Math.floor(this.audio?.currentTime ?? 0)) });
		const answer = await fetch(`/calls/${this.call}/comments`, { method: 'POST', body, headers: { 'Roadline-Player': '1' } }).catch(() => null);
		const wrong = this.find('form .wrong');
		wrong.hidden = answer?.ok ?? false;
		if (!answer?.ok) {
			wrong.textContent = wrong.dataset['failed'] ?? '';
			return;
		}
		form.reset();
		form.hidden = true;
		tell(wrong.dataset['kept'] ?? '');
		if (!this.docked) location.reload();
	}
}

customElements.define('roadline-player', Player);

// current is the player that the keys mean: the docked one, else the page's.
function current(): Player | null {
	return document.querySelector<Player>('#dock roadline-player') ?? document.querySelector<Player>('roadline-player');
}

document.addEventListener('click', (event) => {
	const link = event.target instanceof Element ? event.target.closest<HTMLElement>('a[data-seek]') : null;
	const player = document.querySelector<Player>('main roadline-player');
	if (!link || !player) return;
	event.preventDefault();
	player.seek(Number(link.dataset['seek']));
	player.scrollIntoView({ block: 'nearest' });
});

document.addEventListener('keydown', (event) => {
	const player = current();
	const target = event.target;
	if (!player || event.ctrlKey || event.altKey || event.metaKey || typing(target) || document.documentElement.dataset['keys'] === 'off') return;
	const pressable = target instanceof Element && target.closest('a, button, summary') !== null;
	switch (event.key) {
		case ' ': if (pressable) return; player.toggle(); break;
		case ',': player.by(-jump); break;
		case '.': player.by(jump); break;
		case '<': player.faster(-1); break;
		case '>': player.faster(1); break;
		case 'n': player.write(); break;
		default: return;
	}
	event.preventDefault();
});
