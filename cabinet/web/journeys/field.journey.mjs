// A person on the road, at phone width: calls as the company, sees each step, takes whom nobody called back, sets how they
// are rung, and their own page.
import assert from 'node:assert/strict';
import { act, journey, looksRight, shot } from './stage.mjs';

for (const look of [{ theme: 'light', lang: 'en' }, { theme: 'dark', lang: 'ru' }]) {
	journey(`field staff call a client and see each step, ${look.theme}, ${look.lang}`, async (visitor) => {
		const page = await visitor({ as: 'anna', size: 'phone', ...look });
		await page.fill('#to', '8 916 000-00-01');
		await page.press('#to', 'Enter');
		await page.waitForURL('**/dial/**');
		await page.waitForFunction(() => document.querySelector('#sheet .whom').textContent.includes('916'));

		for (const [step, n] of [['rings', 1], ['taken', 2], ['dialling', 3]]) {
			await act('dial', step);
			await page.waitForSelector(`.steps li:nth-child(${n}).now`);
		}
		await looksRight(page);
		await shot(page, `dial-${look.theme}`);
		await act('dial', 'talks');
		await page.waitForSelector('.steps li:nth-child(3).done');
		assert.equal(await page.locator('#sheet [hx-sse\\:connect]').count(), 1);

		await act('dial', 'over');
		await page.waitForSelector('#sheet a[href="/"]');
		assert.equal(await page.locator('#sheet [hx-sse\\:connect]').count(), 0, 'the stream ended with the call');
		await looksRight(page);
	});
}

journey('a call that fails says at which step, why, and what to do', async (visitor) => {
	const page = await visitor({ as: 'anna', size: 'phone' });
	await page.fill('#to', '+79160000001');
	await page.press('#to', 'Enter');
	await page.waitForURL('**/dial/**');
	await act('dial', 'rings');
	await page.waitForSelector('.steps li:nth-child(1).now');
	await act('dial', 'unanswered');
	await page.waitForSelector('.steps li:nth-child(1).failed');
	assert.match(await page.textContent('#sheet [role="alert"]'), /Nobody answered/);
	await looksRight(page);
	await shot(page, 'dial-failed');
	await act('dial', 'none');
});

journey('a call is cancelled, and what is no number is refused beside its field', async (visitor) => {
	const page = await visitor({ as: 'anna', size: 'phone' });
	await page.fill('#to', '+79160000001');
	await page.press('#to', 'Enter');
	await page.waitForURL('**/dial/**');
	await act('dial', 'rings');
	await page.waitForSelector('.steps li.now');
	await page.click('button.danger');
	await page.waitForSelector('.notice');
	assert.deepEqual(await act('wished'), ['hang-up']);
	await act('dial', 'none');

	await page.fill('#to', 'Romashka');
	await page.press('#to', 'Enter');
	await page.waitForSelector('#to[aria-invalid="true"]');
	assert.equal(await page.inputValue('#to'), 'Romashka');
	await page.waitForFunction(() => document.activeElement.id === 'to');
	await looksRight(page);
});

journey('field staff say how they are rung, and in which order, by keys alone', async (visitor) => {
	const page = await visitor({ as: 'anna', size: 'phone' });
	await page.focus('.mode summary');
	await page.keyboard.press('Enter');
	await page.focus('input[name="mode"][value="dnd"]');
	await page.keyboard.press('Space');
	await page.locator('.mode input[name="until"]').fill('18:30');
	await page.focus('.mode button');
	await page.keyboard.press('Enter');
	await page.waitForSelector('.mode .state.warn');
	assert.match(await page.textContent('.mode .state'), /Do not disturb until 18:30/);

	await page.goto('/me/ringing');
	const order = () => page.locator('input[name="device"]').evaluateAll((all) => all.map((one) => one.value).join());
	assert.equal(await order(), 'sip,mobile');
	await page.focus('button[value="up mobile"]');
	await page.keyboard.press('Enter');
	await page.waitForFunction(() => document.querySelector('input[name="device"]').value === 'mobile');
	await looksRight(page);
	await shot(page, 'ringing');
	await page.click('button.first');
	await page.waitForSelector('.notice');
	assert.equal(await order(), 'mobile,sip');
});

journey('without scripts a person calls, reads and changes what is theirs', async (visitor) => {
	const page = await visitor({ as: 'anna', size: 'phone', scripts: false });
	await page.fill('#to', '+79160000001');
	await page.click('form.call button');
	await page.waitForURL('**/dial/**');
	await act('dial', 'rings');
	await page.click('#sheet a.button');
	await page.waitForSelector('.steps li.now');
	await act('dial', 'none');
	await page.goto('/me');
	await page.fill('#pin', '1234');
	await page.click('form:has(#pin) button');
	await page.waitForSelector('#pin[aria-invalid="true"]');
});
