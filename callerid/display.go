package callerid

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// displayLimit is the longest display name that we send, in bytes: phones show about 30 characters, and some carriers
// cut or refuse longer headers.
const displayLimit = 64

// Clean makes a display name safe for a header: text without control characters, invisible marks, quotes, backslashes
// and angle brackets (RFC 3261 §25.1 could escape them, many peers cannot read that), single spaces, at most 64 bytes.
func Clean(display string) string {
	var b strings.Builder
	space := false
	for _, r := range display {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case r == utf8.RuneError || !unicode.IsGraphic(r) || strings.ContainsRune(`"\<>`, r):
			continue
		}
		gap := 0
		if space {
			gap = 1
		}
		if b.Len()+gap+utf8.RuneLen(r) > displayLimit {
			break
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}
