// The board of calls that go on, and the receivers of events: what happens is seen without loading the page anew.
import assert from 'node:assert/strict';
import { act, journey, looksRight, shot } from './stage.mjs';

journey('a manager sees a call come, be answered and end', async (visitor) => {
	for (const [size, lang, theme] of [['desktop', 'en', 'light'], ['phone', 'ru', 'dark']]) {
		await act('live', { calls: [] });
		const page = await visitor({ as: 'boris', size, lang, theme });
		await page.goto('/live');
		await page.locator('#live-list .empty').waitFor();
		await looksRight(page);
		await act('live', { calls: [{ id: 'one' }] });
		const call = page.locator('#call-one');
		await call.locator('.phase-ring').waitFor({ state: 'attached' });
		await act('live', { calls: [{ id: 'one', talks: true }, { id: 'two' }] });
		await call.locator('.phase-talk').waitFor({ state: 'attached' });
		await page.locator('#call-two').waitFor();
		assert.match(await call.innerText(), /Анна Петрова/);
		assert.match(await call.locator('.elapsed').innerText(), /\d:\d\d/);
		await looksRight(page);
		await shot(page, `live-${size}-${theme}`);
		await act('live', { calls: [] });
		await page.locator('#live-list .empty').waitFor();
	}
});

journey('no page of calls is wider than a narrow or enlarged window', async (visitor) => {
	await act('live', { calls: [{ id: 'one', talks: true }, { id: 'two' }] });
	const page = await visitor({ as: 'boris', lang: 'ru' });
	for (const width of [320, 720, 1024]) { // the last two: the usual window at twice its size, a tablet
		await page.setViewportSize({ width, height: 700 });
		for (const path of ['/calls', '/live', '/reviews', '/missed']) {
			await page.goto(path);
			await looksRight(page);
		}
	}
	await act('live', { calls: [] });
});

journey('what the manager opens stays open while calls change', async (visitor) => {
	await act('live', { calls: [{ id: 'one', talks: true }] });
	const page = await visitor({ as: 'boris' });
	await page.goto('/live');
	await page.locator('#call-one summary').click();
	await page.locator('#to-one').selectOption('ivan');
	await act('live', { calls: [{ id: 'one', talks: true, held: true }] });
	await page.locator('#call-one .live-person.held').waitFor();
	assert.equal(await page.locator('#to-one').inputValue(), 'ivan');
	await page.locator('#call-one .live-move button').click();
	await page.locator('.notice').waitFor();
	await act('live', { calls: [] });
});

journey('a list of calls says that new ones came, and stands still', async (visitor) => {
	const page = await visitor({ as: 'boris' });
	await page.goto('/calls');
	const shown = () => page.locator('tr[data-call]').evaluateAll((rows) => rows.map((row) => row.dataset.call).join());
	const before = await shown();
	await act('happens');
	await page.locator('#fresh a').waitFor();
	assert.equal(await shown(), before);
	await page.locator('#fresh a').click();
	await page.waitForFunction((calls) => [...document.querySelectorAll('tr[data-call]')].map((row) => row.dataset.call).join() !== calls, before);
	await looksRight(page);
});

journey('an administrator adds a receiver of events', async (visitor) => {
	for (const [size, lang, theme] of [['desktop', 'en', 'dark'], ['phone', 'ru', 'light']]) {
		const page = await visitor({ as: 'admin', size, lang, theme });
		await page.goto('/webhooks');
		await looksRight(page);
		await page.locator('#url').fill('https://crm.example/hook');
		await page.locator('form[action="/webhooks"] button.first').click();
		await page.locator('#secret').waitFor();
		assert.match(await page.locator('#secret').inputValue(), /^whsec_/);
		await looksRight(page);
		await page.locator('a.button.first').click();
		await page.locator('#from').waitFor();
		await looksRight(page);
		await shot(page, `webhook-${size}-${theme}`);
	}
});
