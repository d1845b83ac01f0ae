package callerid

import (
	"strings"

	"roadline/fmc/cause"
)

// ShortForm is how short numbers are dialled on an operator's FMC trunk: digits, * and #, with the word short where the
// short number stands and perhaps mobile where the person's own number does, such as "mobile*short". Empty: as they are.
type ShortForm string

// Check says whether a number can be taken apart by the form.
func (f ShortForm) Check() error {
	rest := string(f)
	words := map[string]int{}
	for rest != "" {
		word := wordOf(rest)
		switch {
		case word == "" && strings.IndexByte("0123456789*#", rest[0]) < 0:
			return f.wrong()
		case word == "":
			rest = rest[1:]
		default:
			rest = rest[len(word):]
			words[word]++
			if rest != "" && rest[0] != '*' && rest[0] != '#' {
				return f.wrong() // where the word ends could not be told
			}
		}
	}
	if f != "" && (words["short"] != 1 || words["mobile"] > 1) {
		return f.wrong()
	}
	return nil
}

func (f ShortForm) wrong() error {
	return cause.Errorf(cause.Invalid, "short numbers %q: write the word short, perhaps mobile, and digits, * or # around them, * or # behind each word, such as \"mobile*short\"", string(f))
}

// Read takes what was dialled apart; mobile is empty where the form has none. False: it is no short number in this form.
func (f ShortForm) Read(dialled string) (mobile, short string, ok bool) {
	form := string(f)
	for form != "" {
		switch word := wordOf(form); {
		case word == "mobile":
			mobile, dialled = leading(dialled, 15)
			if len(mobile) < 7 {
				return "", "", false
			}
			form = form[len(word):]
		case word == "short":
			short, dialled = leading(dialled, 8)
			form = form[len(word):]
		case dialled == "" || dialled[0] != form[0]:
			return "", "", false
		default:
			form, dialled = form[1:], dialled[1:]
		}
	}
	if short == "" || dialled != "" {
		return "", "", false
	}
	return mobile, short, true
}

// wordOf is the word that a form begins with; empty: none.
func wordOf(form string) string {
	for _, word := range []string{"mobile", "short"} {
		if strings.HasPrefix(form, word) {
			return word
		}
	}
	return ""
}

// leading cuts the digits off that a text begins with, at most so many, with the plus before them.
func leading(s string, most int) (digits, rest string) {
	n := 0
	if strings.HasPrefix(s, "+") {
		n, most = 1, most+1
	}
	for n < len(s) && n < most && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return s[:n], s[n:]
}
