package modem

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"roadline/hardware/at"
)

// Record wraps a port so that what goes over it is also written to w, a line each: "> " before what was sent, "< "
// before what was heard. Numbers, IMSI, ICCID, IMEI, PIN and messages are masked (at.Mask): the form stays, the people do
// not; of USSD the words stay. The transcript is for testdata of a family, and for whoever asks why a modem does not work.
func Record(port io.ReadWriteCloser, w io.Writer) io.ReadWriteCloser {
	return &recorder{ReadWriteCloser: port, w: w}
}

type recorder struct {
	io.ReadWriteCloser

	mu sync.Mutex
	// mu guards:
	w           io.Writer
	heard, sent strings.Builder // lines that have not ended
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.ReadWriteCloser.Read(p)
	r.note(&r.heard, "< ", p[:n])
	return n, err
}

func (r *recorder) Write(p []byte) (int, error) {
	r.note(&r.sent, "> ", p) // before it is answered
	return r.ReadWriteCloser.Write(p)
}

// Close writes what has not ended, and closes the port.
func (r *recorder) Close() error {
	r.note(&r.heard, "< ", []byte("\n"))
	r.note(&r.sent, "> ", []byte("\n"))
	return r.ReadWriteCloser.Close()
}

// note writes the lines that b completes. A transcript that cannot be written is no reason to disturb the dialogue. The
// prompt for a message is a line of its own, though it never ends.
func (r *recorder) note(part *strings.Builder, direction string, b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range b {
		if c == ' ' && part.String() == ">" {
			part.WriteByte('\n')
		} else if c != '\r' && c != '\n' && c != 0x1a {
			part.WriteByte(c)
			continue
		}
		text := strings.Trim(part.String(), "\n\x1b")
		part.Reset()
		if text == "" {
			continue
		}
		if c == 0x1a {
			text += "^Z"
		}
		_, _ = fmt.Fprintf(r.w, "%s%s\n", direction, at.Mask(text))
	}
}
