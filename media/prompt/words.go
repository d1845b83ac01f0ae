package prompt

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"roadline/fmc/cause"
)

// longestText is how many characters one text may have: about a minute of speech.
const longestText = 1000

// spoken are the marks that espeak-ng reads as pauses or words. Everything else that is no letter and no digit becomes
// a space: control characters and square brackets, by which it takes commands and phonemes, among the rest.
const spoken = ".,;:!?'’-–—()%+№&"

// clean makes text safe and regular to speak: letters, digits and a few marks, one space between words. What is not
// UTF-8, too long, or without a letter or digit is cause.Invalid.
func clean(words string) (string, error) {
	if !utf8.ValidString(words) {
		return "", cause.Errorf(cause.Invalid, "the text is not UTF-8: save it as UTF-8")
	}
	said := false
	mapped := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			said = true
			return r
		case unicode.IsMark(r), strings.ContainsRune(spoken, r):
			return r
		default:
			return ' '
		}
	}, words)
	mapped = strings.Join(strings.Fields(mapped), " ")
	if !said {
		return "", cause.Errorf(cause.Invalid, "there is nothing to say in %q: write it in words", short(mapped))
	}
	if n := utf8.RuneCountInString(mapped); n > longestText {
		return "", cause.Errorf(cause.Invalid, "the text that begins %q has %d characters: at most %d can be said at once", short(mapped), n, longestText)
	}
	return mapped, nil
}

// short is the beginning of a text, for an error.
func short(words string) string {
	const most = 40
	if runes := []rune(words); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return words
}
