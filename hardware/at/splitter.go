package at

import "strings"

// splitter cuts what a port gives into lines. CR and LF both end one, and empty lines are none: an echo ends with CR
// alone, answers stand between CR LF.
type splitter struct {
	part    []byte
	prompts bool // the blanks after a prompt are skipped
}

// longestLine is where a line that does not end is cut: a port that is no AT port sends anything.
const longestLine = 4096

// lines returns the lines that b completes. prompt is asked about a ">" at the beginning of a line; the prompt for a
// message is a line that never ends.
func (s *splitter) lines(b []byte, prompt func() bool) []string {
	var all []string
	for _, c := range b {
		switch {
		case c == '\r' || c == '\n':
			s.prompts = false
			if line := strings.Trim(string(s.part), " \x00"); line != "" {
				all = append(all, line)
			}
			s.part = s.part[:0]
		case s.prompts && c == ' ':
		case c == '>' && len(s.part) == 0 && prompt():
			s.prompts = true
		default:
			s.prompts = false
			s.part = append(s.part, c)
			if len(s.part) == longestLine {
				all, s.part = append(all, string(s.part)), s.part[:0]
			}
		}
	}
	return all
}
