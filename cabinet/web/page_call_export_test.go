package web

import (
	"testing"

	"roadline/cabinet/ladder"
)

// LadderWords says a ladder's sentences in a language.
func LadderWords(t *testing.T, lang string) func(ladder.Say) string {
	t.Helper()
	a, err := readAssets(dist)
	if err != nil {
		t.Fatal(err)
	}
	all, err := readTongues(locales, templates, a)
	if err != nil {
		t.Fatal(err)
	}
	return (&visit{tongue: all[lang]}).words
}
