// A manager hears calls, comments on them, and sees in pictures where clients are lost.
import assert from 'node:assert/strict';
import { act, journey, looksRight, shot } from './stage.mjs';

const played = (page) => page.evaluate(() => document.querySelector('roadline-player audio').currentTime);

// plays waits until the sound goes on from a moment.
const plays = (page, from) => page.waitForFunction((at) => {
	const audio = document.querySelector('roadline-player audio');
	return audio && !audio.paused && audio.currentTime > at;
}, from);

journey('a manager hears a call in the dock while walking on', async (visitor) => {
	await act('calls');
	const page = await visitor({ as: 'boris' });
	await page.goto('/calls');
	await looksRight(page);
	await page.locator('a[data-play]').first().click();
	await plays(page, 0.2);
	await page.locator('#dock .player-wave > *').first().waitFor({ state: 'attached' });
	await looksRight(page);
	await shot(page, 'calls-player-desktop');

	await page.locator('.rail a[href="/statistics"]').click();
	await page.waitForURL('**/statistics');
	const before = await played(page);
	await plays(page, before);
	await page.locator('#dock [data-do="forward"]').click();
	await plays(page, before + 9);
	await page.selectOption('#dock [data-do="speed"]', '2');
	assert.equal(await page.evaluate(() => document.querySelector('roadline-player audio').playbackRate), 2);

	const slider = page.locator('#dock [role="slider"]');
	await slider.focus();
	await page.keyboard.press('Home');
	await page.keyboard.press('ArrowRight');
	assert.match(await slider.getAttribute('aria-valuetext'), /^0:0\d of 0:30, client speaking$/);
	await page.locator('#dock [data-do="close"]').click();
	assert.equal(await page.locator('#dock roadline-player').count(), 0);
});

journey('silence is skipped', async (visitor) => {
	await act('calls');
	const page = await visitor({ as: 'boris' });
	await page.goto('/calls?taped=1');
	await page.locator('a[data-play]').first().click();
	await page.locator('#dock .player-wave > *').first().waitFor({ state: 'attached' });
	await page.locator('#dock [data-do="skip"]').check();
	await page.evaluate(() => { document.querySelector('roadline-player audio').currentTime = 10.5; });
	await plays(page, 19);
});

journey('a comment stands at its moment, and a link leads there', async (visitor) => {
	const { call } = await act('calls');
	const page = await visitor({ as: 'boris', theme: 'dark' });
	await page.goto(`/calls/${call}?t=21`);
	await page.waitForFunction(() => document.querySelector('roadline-player audio')?.currentTime >= 21);
	await page.locator('main [data-do="note"]').click();
	await page.locator('main .player-note textarea').fill('Обещал перезвонить');
	await Promise.all([page.waitForEvent('load'), page.locator('main .player-note button.first').click()]);
	const link = page.locator('.comments a[data-seek="21"]');
	await link.waitFor();
	await page.locator('.player-pin').waitFor({ state: 'attached' });
	await page.evaluate(() => { document.querySelector('roadline-player audio').currentTime = 2; });
	await link.click();
	await page.waitForFunction(() => document.querySelector('roadline-player audio').currentTime >= 21);
	await looksRight(page);
	await shot(page, 'call-comments-desktop-dark');
});

journey('the list is walked by keyboard', async (visitor) => {
	await act('calls');
	const page = await visitor({ as: 'boris' });
	await page.goto('/calls?taped=1');
	await page.waitForFunction(() => customElements.get('roadline-calls'));
	await page.keyboard.press('j');
	await page.keyboard.press('j');
	await page.keyboard.press('k');
	assert.equal(await page.evaluate(() => document.activeElement.closest('tr').rowIndex), 1);
	await page.keyboard.press('Space');
	await plays(page, 0);
	await page.keyboard.press('Enter');
	await page.waitForURL('**/calls/*');
	await page.keyboard.press('/');
});

for (const look of [{ size: 'desktop', theme: 'light', lang: 'en' }, { size: 'phone', theme: 'dark', lang: 'ru' }]) {
	journey(`statistics and clients to call back, ${look.size}, ${look.lang}`, async (visitor) => {
		await act('calls');
		const page = await visitor({ as: 'boris', ...look });
		for (const place of ['/statistics', '/statistics?heat=calls', '/missed', '/calls?status=missed', '/calls?q=nobody-at-all']) {
			await page.goto(place);
			await looksRight(page);
			await shot(page, `manager-${look.size}${place.replaceAll(/[/?=]/g, '-')}`);
		}
	});
}

for (const look of [{ size: 'desktop', theme: 'dark', lang: 'ru' }, { size: 'phone', theme: 'light', lang: 'en' }]) {
	journey(`a manager names clients and scores a call, ${look.size}, ${look.lang}`, async (visitor) => {
		const { call } = await act('calls');
		const page = await visitor({ as: 'boris', ...look });
		const steps = [
			['/clients/+import', '#table', 'number;name;firm\n+79120000001;Пётр <b>;ООО «Лютик»\n+79120000002;Anna;\n', 'form.panel button.first'],
			['/clients/+79120000003', '#name', 'Мария', 'form[action^="/clients/"] button.first'],
		];
		for (const [place, field, text, button] of steps) {
			await page.goto(place);
			await looksRight(page);
			await page.fill(field, text);
			await Promise.all([page.waitForResponse((answer) => answer.request().method() === 'POST'), page.click(button)]);
			await page.locator('.tiles, .notice').first().waitFor();
			await looksRight(page);
			await shot(page, `clients-${look.size}${place.replaceAll(/\W+/g, '-')}`);
		}
		await page.goto('/clients');
		await looksRight(page);

		await page.goto(`/calls/${call}`);
		for (const hidden of await page.locator('.tape summary').all()) await hidden.click();
		await looksRight(page);
		await page.locator('input[name="score"][value="4"]').check();
		await Promise.all([page.waitForResponse((answer) => answer.request().method() === 'POST'), page.locator('#reviews button').click()]);
		await page.goto('/reviews');
		await page.locator('tr[data-call] .state.ok').first().waitFor();
		await looksRight(page);
		await shot(page, `reviews-${look.size}`);

		const anna = await visitor({ as: 'anna', ...look });
		await anna.locator('#after-call form.result').waitFor();
		await looksRight(anna);
		await shot(anna, `after-call-${look.size}`);
	});
}

journey('calls are read and heard without scripts', async (visitor) => {
	const { call } = await act('calls');
	const page = await visitor({ as: 'boris', scripts: false });
	await page.goto('/calls');
	await page.locator('#q').fill('0001');
	await page.locator('.calls-search button.first').click();
	assert.ok((await page.locator('tr[data-call]').count()) > 0);
	await page.goto(`/calls/${call}`);
	assert.equal(await page.locator('audio[controls]').count(), 1);
	await page.goto('/statistics');
	assert.ok((await page.locator('svg.chart').count()) > 2);
});
