// An operator and the lines: what is wrong, a way out, a conversation with a network, an answer to a message, an alarm.
import assert from 'node:assert/strict';
import {journey, looksRight, shot} from './stage.mjs';

// Pages of the menu are walked by pages.journey.mjs.
const within = {
	desktop: ['/lines?view=table', '/lines/day', '/lines/routes', '/lines/shadow', '/sims', '/sims/mandates', '/sims/balances', '/banks', '/gateways', '/guard', '/doctor'],
	phone: ['/lines/day', '/lines/routes', '/lines/shadow', '/lines/sim:8970101234567890123', '/sims/balances', '/sims/mandates', '/sims/8970101234567890123', '/banks', '/gateways', '/banks/8970101234567890131', '/doctor'],
};

for (const look of [{size: 'desktop', lang: 'en', theme: 'light'}, {size: 'phone', lang: 'ru', theme: 'dark'}]) {
	journey(`an operator finds a line that does not serve, ${look.size}`, async (visitor) => {
		const page = await visitor({as: 'olga', ...look});
		await page.goto('/lines');
		await page.locator('.line-tile.bad').first().waitFor();
		await looksRight(page);
		await shot(page, `lines-${look.size}`);
		for (const path of within[look.size]) {
			await page.goto(path);
			await looksRight(page);
			await shot(page, `fleet-${look.size}${path.replace(/\W+/g, '-')}`);
		}
	});
}

journey('an operator lets a line serve again and asks a network', async (visitor) => {
	const page = await visitor({as: 'olga', size: 'desktop', lang: 'en', theme: 'light'});
	await page.goto('/lines');
	await page.getByRole('button', {name: /serve again/}).first().click();
	await page.getByRole('status').filter({hasText: 'serves again'}).waitFor();
	await page.goto('/lines/sim:8970101234567890123');
	await page.getByLabel('Ask', {exact: true}).fill('*100#');
	await page.getByRole('button', {name: 'Send'}).click();
	await page.locator('.talk .theirs').filter({hasText: '320.50'}).waitFor();
	await page.getByLabel('Answer the network').fill('1');
	await page.getByRole('button', {name: 'Send'}).click();
	await page.locator('.talk .theirs').filter({hasText: '412'}).waitFor();
	assert.equal(await page.locator('.talk li').count(), 4);
	await looksRight(page);
	await shot(page, 'ussd');
});

journey('an operator answers a message on a phone', async (visitor) => {
	const page = await visitor({as: 'olga', size: 'phone', lang: 'en', theme: 'dark'});
	await page.goto('/messages');
	await page.getByRole('link', {name: 'BANK', exact: true}).click();
	await page.getByText('One-time codes are hidden').waitFor();
	await looksRight(page);
	await page.getByLabel('Text').fill('Thank you');
	await page.getByRole('button', {name: 'Send'}).click();
	await page.getByRole('status').filter({hasText: 'Accepted'}).waitFor();
	await page.goto('/alerts');
	await page.getByRole('button', {name: /I see to it/}).first().click();
	await page.getByText('Others see now').waitFor();
	await looksRight(page);
});

journey('an operator restarts a modem with a reason, and sees the day of its line', async (visitor) => {
	const page = await visitor({as: 'olga', size: 'desktop', lang: 'en', theme: 'light'});
	await page.goto('/lines/day');
	await page.getByRole('link', {name: '+7 903 111-22-34'}).or(page.getByRole('link', {name: '8 (903) 111-22-34'})).first().click();
	await page.locator('.chart-day .stood.locked').first().waitFor();
	await page.getByText('Restart the modem').first().click();
	await page.getByLabel('Why').fill('it hangs');
	await page.getByRole('button', {name: 'Restart the modem'}).click();
	await page.getByText('The line is in a call.').waitFor();
	await looksRight(page);
	await page.getByLabel('A call that goes on may be lost').check();
	await page.getByRole('button', {name: 'Restart the modem'}).click();
	await page.getByRole('status').filter({hasText: 'boots anew'}).waitFor();
	await shot(page, 'line-restarted');
});

journey('an operator narrows the wall to what does not serve', async (visitor) => {
	const page = await visitor({as: 'olga', size: 'phone', lang: 'en', theme: 'dark'});
	await page.goto('/lines');
	await page.getByLabel('State').selectOption({label: 'do not serve'});
	await page.getByRole('button', {name: 'Show'}).click();
	await page.waitForURL('**/lines?**state=away**');
	assert.equal(await page.locator('.line-tile.ok').count(), 0);
	await page.locator('.line-tile.bad').first().waitFor();
	await looksRight(page);
});
