// What an administrator of the company does.
import assert from 'node:assert/strict';
import { journey, looksRight, shot } from './stage.mjs';

// Pages that the menu does not lead to: it leads to the first of the settings, which all lists look like.
const pages = [
	'/people/anna', '/people/+import', '/company/caller-id', '/company/hours/work', '/company/scenarios?to=%2B74951234567&at=2026-11-23T10:00',
	'/company/tests?to=%2B74951234567&at=2026-11-23T10:00&answer=anna', '/company/document', '/company/publish', '/company/history', '/company/history/1',
];

journey('an administrator adds a person, tries a call, and publishes', async (visitor) => {
	const page = await visitor({ as: 'admin' });
	await page.goto('/people');
	await page.getByRole('link', { name: 'Add a person' }).click();
	await page.getByRole('heading', { name: 'A new person' }).waitFor(); // the list has a field of the same name
	await page.getByLabel('Name').fill('Пётр Новый');
	await page.getByLabel('Extension').fill('201');
	await page.getByLabel('Mobile').fill('+7 916 555-44-33');
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByText('extension "201" is taken').waitFor();
	assert.equal(await page.getByLabel('Mobile').inputValue(), '+79165554433', 'what was written is kept');
	await page.getByLabel('Extension').fill('231');
	await page.getByLabel('sales').check();
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByText('Your draft has 1 change').or(page.getByText('Your draft has one change')).waitFor();
	await looksRight(page);

	await page.goto('/company/scenarios');
	await page.getByLabel('When').fill('2026-11-23T10:00');
	await page.getByRole('button', { name: 'Try' }).click();
	await page.locator('.tree .lit', { hasText: 'Ring' }).waitFor();
	await looksRight(page);
	await shot(page, 'admin-scenario');

	await page.goto('/company/publish');
	await page.getByText('employees.petr-novyi: added').waitFor();
	await shot(page, 'admin-publish');
	await page.getByLabel('Why', { exact: true }).fill('Pyotr joins');
	await page.getByRole('button', { name: 'Publish' }).click();
	await page.getByText(/Version \d+ is in force/).waitFor();
	await page.goto('/people/petr-novyi');
	await page.getByRole('button', { name: 'Invite to the cabinet' }).click();
	await page.locator('code', { hasText: '/password/' }).or(page.getByText('The link is made')).first().waitFor();
	await looksRight(page);
});

journey('the editor completes keys, marks mistakes at their lines and keeps the text', async (visitor) => {
	const page = await visitor({ as: 'admin' });
	await page.goto('/company/document');
	const text = page.getByRole('textbox', { name: 'The document' });
	await page.locator('roadline-editor.alive .numbers span').first().waitFor();
	await text.press('Control+End');
	await text.pressSequentially('missed');
	await page.locator('.offers li', { hasText: 'missed_calls' }).waitFor();
	await text.press('Enter');
	await text.pressSequentially(': {deadline: soon}');
	await page.getByRole('button', { name: 'Check' }).click();
	const mistake = page.locator('#mistakes li', { hasText: 'deadline' });
	await mistake.waitFor();
	await page.locator('.numbers .bad').waitFor();
	await looksRight(page);
	await shot(page, 'admin-editor');
	await mistake.getByRole('link').click();
	assert.ok((await page.evaluate(() => document.querySelector('#document').selectionEnd - document.querySelector('#document').selectionStart)) > 5, 'the line is selected');
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByText('Your draft has a mistake').waitFor();
	await page.goto('/company/publish');
	await page.getByRole('button', { name: 'Discard the draft' }).click();
	await page.getByText('Your draft is gone').waitFor();
});

journey('the settings read without scripts', async (visitor) => {
	const page = await visitor({ as: 'admin', scripts: false });
	await page.goto('/company/document');
	assert.match(await page.getByRole('textbox', { name: 'The document' }).inputValue(), /^company: acme/);
	await page.goto('/company/scenarios?to=%2B74951234567&at=2026-11-29T10:00');
	await page.locator('.tree .lit').first().waitFor();
});

for (const look of [{ size: 'desktop', theme: 'light', lang: 'en' }, { size: 'phone', theme: 'dark', lang: 'ru' }]) {
	journey(`the settings, ${look.size}, ${look.theme}, ${look.lang}`, async (visitor) => {
		const page = await visitor({ as: 'admin', ...look });
		for (const place of look.size === 'phone' ? pages : pages.filter((p) => /anna|scenarios|document|publish/.test(p))) {
			await page.goto(place);
			await looksRight(page);
			await shot(page, `settings-${look.size}${place.replace(/\?.*/, '').replaceAll('/', '-')}`);
		}
	});
}
