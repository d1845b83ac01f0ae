package house

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"roadline/fmc/cause"
	"roadline/media/prompt"
)

// reason is why what a person asked for by a text is not done, as they read it: in the company's language.
type reason struct {
	kind             cause.Kind
	english, russian string // without a capital and a full stop
}

// The reasons that hold no number.
var (
	errAlone  = because(cause.Invalid, "write the number or the extension alone", "напишите только номер или внутренний номер")
	errNoMode = because(cause.Invalid, "that cannot be set", "так установить нельзя")
	errNotNow = because(cause.Unavailable, "this cannot be done now: try again later", "сейчас это невозможно, попробуйте позже")
)

func because(kind cause.Kind, english, russian string) *reason {
	return &reason{kind: kind, english: english, russian: russian}
}

func (r *reason) Error() string { return r.english }

// Unwrap has cause.KindOf find the kind.
func (r *reason) Unwrap() error { return r.kind }

// reasonIn is an error as a person reads it. One of our own is not theirs to read.
func reasonIn(err error, in prompt.Language) string {
	r, ok := errors.AsType[*reason](err)
	if !ok {
		r = errNotNow
	}
	if in == prompt.Russian {
		return sentence(r.russian)
	}
	return sentence(r.english)
}

// sentence is text with a capital and a full stop.
func sentence(text string) string {
	text = strings.TrimRight(strings.ReplaceAll(text, "\n", "; "), ".")
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:] + "."
}
