package web

import (
	"testing"

	"roadline/cabinet/ladder"
)

// LadderWords says a ladder's sentences in a language.
func LadderWords(t *testing.T, lang string) func(ladder.Say) string {
	t.Helper()
	read, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return (&visit{tongue: read.tongues[lang]}).words
}
