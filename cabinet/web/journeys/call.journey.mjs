// The page of one call: its sides in every look, and the ladder by keyboard alone.
import assert from 'node:assert/strict';
import { act, journey, looksRight, shot } from './stage.mjs';

const sides = ['', '/ladder', '/quality', '/events', '/audit'];

for (const look of [{ size: 'desktop', theme: 'light', lang: 'en' }, { size: 'phone', theme: 'dark', lang: 'ru' }]) {
	journey(`an operator looks at a call, ${look.size}, ${look.theme}, ${look.lang}`, async (visitor) => {
		const { call } = await act('wires');
		const page = await visitor({ as: 'olga', ...look });
		for (const side of sides) {
			await page.goto(`/calls/${call}${side}`);
			await looksRight(page);
			await shot(page, `call-${look.size}${side.replace('/', '-')}`);
		}
	});
}

journey('an operator walks the ladder by keyboard and copies it', async (visitor) => {
	const { call } = await act('wires');
	const page = await visitor({ as: 'olga' });
	await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
	await page.goto(`/calls/${call}/ladder`);
	await page.waitForFunction(() => customElements.get('roadline-ladder'));
	await page.keyboard.press('j');
	assert.equal(await page.locator('tr.here').getAttribute('id'), 'r0');
	await page.locator('tr.bad').first().waitFor();
	await page.keyboard.press('f');
	assert.equal(await page.locator('tbody tr:visible').count(), await page.locator('tbody tr.bad').count());
	await page.keyboard.press('f');
	while (!(await page.locator('tr.here details').count())) await page.keyboard.press('j');
	await page.locator('tr.here summary').focus();
	await page.keyboard.press('Enter');
	assert.ok(await page.locator('tr.here details[open] pre').isVisible());
	await page.keyboard.press('t');
	assert.match(await page.locator('tr.here time').textContent(), /^\d\d:\d\d:\d\d\.\d{3}$/);
	await page.keyboard.press('c');
	await page.waitForFunction(() => document.getElementById('told').textContent !== '');
	assert.match(await page.evaluate(() => navigator.clipboard.readText()), /INVITE/);
});

journey('what strangers write is harmless, and the ladder is read without scripts', async (visitor) => {
	const { call } = await act('wires');
	const page = await visitor({ as: 'olga', scripts: false });
	await page.goto(`/calls/${call}/ladder`);
	assert.ok(await page.getByText('INVITE').first().isVisible());
	assert.equal(await page.locator('main script').count(), 0);
});

journey('a manager asks what had been at night', async (visitor) => {
	const { call } = await act('wires');
	const page = await visitor({ as: 'boris' });
	await page.goto(`/calls/${call}`);
	await page.locator('input[name=at]').fill('2026-11-24 03:00');
	await page.keyboard.press('Enter');
	await page.locator('#what-if').waitFor();
	await looksRight(page);
	assert.equal(await page.locator('.tabs a[href$="/ladder"]').count(), 0);
});
