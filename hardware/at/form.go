package at

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Form says of lines that begin alike when they are unasked.
type Form struct {
	Prefix string
	// Asked are the commands that have such lines as answers, as they are sent without AT ("+CREG?"; "+CUSD=" for all that
	// begin so). While another command is on the wire, or none, the line is unasked.
	Asked []string
	// Unasked tells both apart while one of Asked is on the wire; nil: all are answers then.
	Unasked func([]Field) bool
	// More counts the lines of hex digits that follow and belong to it.
	More int
	// Text: a quoted text in it may run over several lines.
	Text bool
}

// Standard are the forms of 27.007, 27.005 and V.250. A family adds its own.
func Standard() []Form {
	return []Form{
		{Prefix: "NO CARRIER"}, // where it does not end a command
		{Prefix: "BUSY"},
		{Prefix: "NO ANSWER"},
		{Prefix: "NO DIAL"},
		{Prefix: "RING"},
		{Prefix: "+CRING:"},
		{Prefix: "+CLIP:", Asked: []string{"+CLIP?"}, Unasked: beginsQuoted},
		{Prefix: "+CCWA:", Asked: []string{"+CCWA?", "+CCWA="}, Unasked: beginsQuoted},
		{Prefix: "+COLP:", Asked: []string{"+COLP?"}, Unasked: beginsQuoted},
		{Prefix: "+CSSI:"},
		{Prefix: "+CSSU:"},
		{Prefix: "+CREG:", Asked: []string{"+CREG?"}, Unasked: shortRegistration},
		{Prefix: "+CGREG:", Asked: []string{"+CGREG?"}, Unasked: shortRegistration},
		{Prefix: "+CEREG:", Asked: []string{"+CEREG?"}, Unasked: shortRegistration},
		{Prefix: "+CLCC:", Asked: []string{"+CLCC"}},
		{Prefix: "+CSQ:", Asked: []string{"+CSQ"}},
		{Prefix: "+CPIN:", Asked: []string{"+CPIN?"}},
		{Prefix: "+CUSD:", Asked: []string{"+CUSD?"}, Text: true},
		{Prefix: "+CMTI:"},
		{Prefix: "+CDSI:"},
		{Prefix: "+CMT:", More: 1},
		{Prefix: "+CDS:", More: 1},
		{Prefix: "+CFUN:", Asked: []string{"+CFUN?"}},
	}
}

func beginsQuoted(f []Field) bool { return len(f) > 0 && f[0].Quoted }

// shortRegistration tells "+CREG: 1,"9110","7E6",7", unasked, from "+CREG: 2,1,"9110","7E6",7": an answer begins with
// two small numbers. Modules leave the quotes out.
func shortRegistration(f []Field) bool {
	return len(f) < 2 || f[1].Quoted || len(f[1].Text) > 2 || !isNumber(f[1].Text) || !isNumber(f[0].Text)
}

// unaskedForm is the form of the line, and whether nobody asked for it. Of forms that fit alike the last counts, so that a
// family can say otherwise than the standard.
func unaskedForm(forms []Form, line string, x *exchange) (Form, bool) {
	var best *Form
	for i := range forms {
		if f := &forms[i]; strings.HasPrefix(line, f.Prefix) && (best == nil || len(f.Prefix) >= len(best.Prefix)) {
			best = f
		}
	}
	switch {
	case best == nil:
		return Form{}, false
	case x == nil || !best.answers(x.command):
		return *best, true
	case best.Unasked == nil:
		return *best, false
	default:
		_, rest, _ := strings.Cut(line, ":")
		return *best, best.Unasked(Fields(rest))
	}
}

func (f *Form) answers(command string) bool {
	return slices.ContainsFunc(f.Asked, func(a string) bool {
		return a == command || strings.HasSuffix(a, "=") && strings.HasPrefix(command, a)
	})
}

// notSupported is Huawei's ERROR for what its firmware leaves out.
const notSupported = "COMMAND NOT SUPPORT"

// isResult says that the line can be nothing but the end of a command.
func isResult(line string) bool {
	return line == "OK" || line == "ERROR" || line == notSupported ||
		strings.HasPrefix(line, "+CME ERROR:") || strings.HasPrefix(line, "+CMS ERROR:")
}

// callResults end a command that dials or answers; else they tell of a call.
var callResults = []string{"NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE"}

// isFinal says that the line ends the command.
func isFinal(line string, x *exchange) bool {
	if x == nil {
		return false
	}
	if isResult(line) {
		return true
	}
	calls := strings.HasPrefix(x.command, "D") || x.command == "A"
	return calls && (slices.Contains(callResults, line) || strings.HasPrefix(line, "CONNECT"))
}

// isEcho says that the line is what was sent.
func isEcho(line string, x *exchange) bool {
	if x == nil {
		return strings.HasPrefix(line, "AT")
	}
	return line == "AT"+x.command || x.body != "" && strings.TrimRight(line, "\x1a") == x.body
}

// isNoise says that nobody wrote the line: it has control characters, or is no text. What has a name before it may have
// them: USSD in the GSM alphabet does.
func isNoise(line string) bool {
	if line[0] == '+' || line[0] == '^' {
		return false
	}
	return !utf8.ValidString(line) || strings.ContainsFunc(line, unicode.IsControl)
}

var hexLine = regexp.MustCompile(`^(?:[0-9A-Fa-f]{2})+$`)

func isHex(line string) bool { return hexLine.MatchString(line) }
