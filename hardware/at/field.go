package at

import (
	"strconv"
	"strings"
)

// Field is one value of a line such as `+CLIP: "+49151",145`.
type Field struct {
	Text   string
	Quoted bool
}

// Number is the value as a decimal number; ok is false where it is none.
func (f Field) Number() (n int, ok bool) {
	n, err := strconv.Atoi(strings.TrimSpace(f.Text))
	return n, err == nil
}

// Values are the fields of a line after its prefix: those of `1,"a"` in `+X: 1,"a"`. A line without the prefix has none;
// ok says whether it had.
func Values(line, prefix string) (fields []Field, ok bool) {
	rest, ok := strings.CutPrefix(line, prefix)
	if !ok {
		return nil, false
	}
	return Fields(strings.TrimPrefix(rest, ":")), true
}

// Fields cuts at commas outside quotes. A closing quote that is missing ends with the line or, where the text after the
// next comma is a number and the last, before it: firmware that forgets it is common.
func Fields(s string) []Field {
	var all []Field
	for s = strings.TrimSpace(s); ; {
		f, rest, more := cutField(s)
		all = append(all, f)
		if !more {
			return all
		}
		s = strings.TrimLeft(rest, " ")
	}
}

func cutField(s string) (f Field, rest string, more bool) {
	if !strings.HasPrefix(s, `"`) {
		text, rest, more := strings.Cut(s, ",")
		return Field{Text: strings.TrimSpace(text)}, rest, more
	}
	s = s[1:]
	if end := closing(s); end >= 0 {
		_, rest, more = strings.Cut(s[end+1:], ",")
		return Field{Text: s[:end], Quoted: true}, rest, more
	}
	if i := strings.LastIndexByte(s, ','); i >= 0 && isNumber(strings.TrimSpace(s[i+1:])) {
		return Field{Text: s[:i], Quoted: true}, s[i+1:], true
	}
	return Field{Text: s, Quoted: true}, "", false
}

// closing is where the quote ends: before a comma or the end. A quote inside a text is not doubled by any module seen.
func closing(s string) int {
	for i := range len(s) {
		if s[i] != '"' {
			continue
		}
		if after := strings.TrimLeft(s[i+1:], " "); after == "" || after[0] == ',' {
			return i
		}
	}
	return -1
}

func isNumber(s string) bool {
	_, err := strconv.ParseUint(s, 10, 32)
	return err == nil
}
