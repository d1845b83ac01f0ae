// The switches of language and colours act at once; without scripts they have a button.

document.addEventListener('change', (event) => {
	const field = event.target;
	if (field instanceof HTMLSelectElement) field.closest<HTMLFormElement>('form.look')?.requestSubmit();
});
document.documentElement.classList.add('lively');
