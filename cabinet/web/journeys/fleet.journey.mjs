// An operator and the lines: what is wrong, a way out, a conversation with a network, an answer to a message, an alarm.
import assert from 'node:assert/strict';
import {journey, looksRight, shot} from './stage.mjs';

// Pages of the menu are walked by pages.journey.mjs.
const within = {
	desktop: ['/lines?view=table', '/sims', '/guard', '/doctor'],
	phone: ['/sims/8970101234567890123', '/doctor'],
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
	await page.getByRole('link', {name: 'BANK'}).click();
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
