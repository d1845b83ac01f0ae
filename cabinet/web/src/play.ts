// A link to a recording plays in the dock, which stays while people go from page to page. The sound begins at the click;
// the rest of the player comes after it.

function listens(event: MouseEvent): HTMLAnchorElement | null {
	if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return null;
	return event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[data-play]') : null;
}

document.addEventListener('click', (event) => {
	const link = listens(event);
	const dock = document.getElementById('dock');
	if (!link || !dock) return;
	event.preventDefault();
	const docked = dock.querySelector<HTMLElement>('roadline-player');
	const sound = docked?.querySelector('audio');
	if (docked && sound && docked.dataset['call'] === link.dataset['play']) {
		if (sound.paused) void sound.play().catch(() => {});
		else sound.pause();
		return;
	}
	const player = document.createElement('roadline-player');
	player.dataset['call'] = link.dataset['play'] ?? '';
	player.dataset['title'] = link.dataset['title'] ?? '';
	player.dataset['docked'] = '';
	const audio = new Audio(link.href);
	audio.controls = true;
	player.append(audio);
	dock.replaceChildren(player);
	void audio.play().catch(() => {}); // the player says that it failed
	document.dispatchEvent(new Event('roadline:island'));
});
