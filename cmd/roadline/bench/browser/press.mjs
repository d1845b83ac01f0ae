// Presses of which something follows outside of the page: sound, and a phone that rings.

// hears has a page tell how long after the next press the sound in the dock runs. What was recorded may begin with silence:
// when a sample is heard that is none, the sound began as long ago as its own clock says.
const hears = async () => {
	const ear = new AudioContext();
	await ear.resume();
	let pressed = 0;
	document.addEventListener('pointerdown', (event) => { pressed = event.timeStamp; }, { capture: true });
	window.heard = new Promise((told, failed) => {
		setTimeout(() => failed(new Error('no sound is heard')), 20_000);
		new MutationObserver((_, watching) => {
			const audio = document.querySelector('#dock audio');
			if (!audio) return;
			watching.disconnect();
			const analyser = ear.createAnalyser();
			ear.createMediaElementSource(audio).connect(analyser).connect(ear.destination);
			const wave = new Float32Array(analyser.fftSize);
			const listen = () => {
				analyser.getFloatTimeDomainData(wave);
				if (wave.some((sample) => Math.abs(sample) > 0.02)) told(performance.now() - 1000 * audio.currentTime - pressed);
				else setTimeout(listen, 1);
			};
			listen();
		}).observe(document.getElementById('dock'), { childList: true, subtree: true });
	});
};

// played plays recordings from the list of calls, each in a browser that has not played before, and returns how long after the
// press each sound ran.
export async function played({ calls, n }, stage) {
	const all = [];
	for (let i = 0; i < n; i++) {
		const page = await stage.visit();
		await page.goto('/calls?taped=1');
		await page.evaluate(hears);
		await page.locator(`a[data-play="${calls[i % calls.length]}"]`).click();
		all.push(await page.evaluate(() => window.heard));
		await page.context().close();
	}
	return all;
}

// called wants calls to a number, one after the other, and hangs up. It returns the moments of the presses.
export async function called({ to, n }, stage) {
	const all = [];
	const page = await stage.visit();
	await page.exposeBinding('pressed', (_, at) => { all.push(at); });
	await page.addInitScript(() => {
		document.addEventListener('pointerdown', (event) => {
			if (event.target.closest('#dial')) window.pressed(performance.timeOrigin + event.timeStamp);
		}, { capture: true });
	});
	for (let i = 0; i < n; i++) {
		await page.goto('/');
		await page.fill('#to', to);
		await page.locator('#dial button.first').click();
		await page.waitForURL('**/dial/**');
		await page.locator('#sheet form[action$="/cancel"] button').click();
		await page.waitForURL((url) => url.pathname === '/');
	}
	await page.context().close();
	return all;
}
