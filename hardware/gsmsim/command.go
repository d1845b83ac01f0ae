package gsmsim

import "strings"

// form is how a command is written: AT+X, AT+X?, AT+X=?, AT+X=….
type form byte

const (
	does  form = 0
	reads form = '?'
	tests form = 't'
	sets  form = '='
)

// A command is one of a line.
type command struct {
	name string // upper case: "+CREG", "^DDSETEX", "D", "E", "&F", "S0"
	form form
	args string // what follows the equals sign, or a basic command's number, or what D dials
}

// commands reads what follows AT. V.250 §5.2: basic commands stand next to each other, extended ones end with a
// semicolon outside quotes, and D takes the rest.
func commands(line string) []command {
	var found []command
	for {
		line = strings.TrimLeft(line, " ;")
		if line == "" {
			return found
		}
		var c command
		if strings.ContainsRune("+^$*#%@!_", rune(line[0])) {
			c, line = extended(line)
		} else {
			c, line = basic(line)
		}
		found = append(found, c)
	}
}

// extended reads one command that begins with a sign.
func extended(line string) (c command, rest string) {
	end, quoted := len(line), false
	for i := range len(line) {
		if line[i] == '"' {
			quoted = !quoted
		}
		if line[i] == ';' && !quoted {
			end = i
			break
		}
	}
	text, rest := strings.TrimSpace(line[:end]), line[end:]
	at := strings.IndexAny(text, "=?")
	if at < 0 {
		return command{name: strings.ToUpper(text)}, rest
	}
	c.name = strings.ToUpper(strings.TrimSpace(text[:at]))
	switch {
	case text[at] == '?':
		c.form = reads
	case strings.TrimSpace(text[at+1:]) == "?":
		c.form = tests
	default:
		c.form, c.args = sets, strings.TrimSpace(text[at+1:])
	}
	return c, rest
}

// basic reads one command of a letter, with & before it or not, and a number behind it or not.
func basic(line string) (c command, rest string) {
	size := 1
	if line[0] == '&' || line[0] == '\\' {
		size = min(2, len(line))
	}
	c.name, rest = strings.ToUpper(line[:size]), line[size:]
	if c.name == "D" {
		c.args = rest
		return c, ""
	}
	digits := func() string {
		n := 0
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		number := rest[:n]
		rest = rest[n:]
		return number
	}
	if c.args = digits(); c.name == "S" {
		c.name, c.args = "S"+c.args, ""
		switch {
		case strings.HasPrefix(rest, "?"):
			c.form, rest = reads, rest[1:]
		case strings.HasPrefix(rest, "="):
			c.form, rest = sets, rest[1:]
			c.args = digits()
		}
	}
	return c, rest
}

// fields are the values of a command, without quotes.
func (c command) fields() []string {
	var out []string
	quoted, from := false, 0
	for i := range len(c.args) {
		switch {
		case c.args[i] == '"':
			quoted = !quoted
		case c.args[i] == ',' && !quoted:
			out = append(out, unquote(c.args[from:i]))
			from = i + 1
		}
	}
	return append(out, unquote(c.args[from:]))
}

// field is the value at i; empty where there is none.
func (c command) field(i int) string {
	if f := c.fields(); i < len(f) {
		return f[i]
	}
	return ""
}

// number is the value at i; ok is false where there is none, or it is no number.
func (c command) number(i int) (value int, ok bool) { return digits(c.field(i)) }

// digits reads a number of at most nine digits.
func digits(s string) (value int, ok bool) {
	if s == "" || len(s) > 9 {
		return 0, false
	}
	for _, r := range s {
		if r < '0' || r > '9' {
			return 0, false
		}
		value = value*10 + int(r-'0')
	}
	return value, true
}

func unquote(s string) string { return strings.Trim(strings.TrimSpace(s), `"`) }
