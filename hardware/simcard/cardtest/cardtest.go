// Package cardtest is SIM cards in memory for tests: a UICC or a classic SIM that answers commands by its own code, alone or
// behind the virtual reader of vsmartcard (vpcd), so that a real pcscd reads it. Start at Card.
package cardtest

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net"
	"sync"

	"golang.org/x/sys/unix"
)

// Card is a SIM card. What is exported is set before it is used.
type Card struct {
	Classic  bool   // it knows class A0 only
	ICCID    string // digits
	IMSI     string
	Number   string // with its plus; empty: none
	Provider string
	PIN      string // empty: none is wanted
	Secret   bool   // it does not say how many attempts are left

	mu sync.Mutex
	// mu guards:
	left    int  // attempts
	open    bool // the PIN was given
	tried   []string
	at      string // path of the file that is selected, in hex
	answer  []byte // waits to be fetched
	started bool
}

// aid is that of the card's USIM.
const aid = "A0000000871002FF33FFFF8901010100"

// Leave sets how many attempts are left.
func (c *Card) Leave(attempts int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.started, c.left = true, attempts
}

// Tried are the PINs that were sent.
func (c *Card) Tried() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.tried...)
}

// Left is how many attempts are left.
func (c *Card) Left() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.left
}

// Reset is what taking its current does to a card.
func (c *Card) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open, c.at, c.answer = false, "", nil
}

// Transmit is documented at simcard.Wire.
func (c *Card) Transmit(_ context.Context, command []byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.started {
		c.started, c.left = true, 3
	}
	return c.do(command), nil
}

// do answers a command. mu is held.
func (c *Card) do(b []byte) []byte {
	class := byte(0)
	if c.Classic {
		class = 0xA0
	}
	switch {
	case len(b) < 4:
		return status(0x6700)
	case b[0] != class:
		return status(0x6E00)
	}
	switch b[1] {
	case 0xA4:
		return c.choose(b)
	case 0xC0:
		answer := c.answer
		c.answer = nil
		return append(answer, 0x90, 0x00)
	case 0xB0, 0xB2:
		if len(b) < 5 || b[1] == 0xB2 && b[2] != 1 {
			return status(0x6A83)
		}
		return c.read(int(b[4]))
	case 0x20:
		return c.verify(b)
	}
	return status(0x6D00)
}

func status(sw uint16) []byte { return []byte{byte(sw >> 8), byte(sw)} }

// files are what a card has by path; what has records has one.
func (c *Card) files() map[string][]byte {
	home, parent := "ADF", "ADF"
	if c.Classic {
		home, parent = "7F20", "7F10"
	}
	all := map[string][]byte{
		"2FE2": nibbles(c.ICCID, 10), home + "6F07": identity(c.IMSI),
		home + "6F46": append([]byte{1}, padded([]byte(c.Provider), 16)...), parent + "6F40": number(c.Number),
	}
	if !c.Classic {
		id, _ := hex.DecodeString(aid)
		all["2F00"] = padded(append([]byte{0x61, byte(len(id) + 2), 0x4F, byte(len(id))}, id...), 38)
	}
	return all
}

func (c *Card) choose(b []byte) []byte {
	if len(b) < 5 || len(b) < 5+int(b[4]) {
		return status(0x6700)
	}
	id := hexed(b[5 : 5+int(b[4])])
	folder := c.at[:len(c.at)/4*4]
	if c.at == "ADF" || len(c.at) == 7 {
		folder = "ADF"
	} else if len(folder) > 4 || len(folder) == 4 && folder[:2] == "2F" {
		folder = folder[:len(folder)-4]
	}
	switch {
	case id == "3F00":
		c.at = ""
	case b[2] == 4 && id == aid && !c.Classic:
		c.at = "ADF"
	case c.Classic && (id == "7F20" || id == "7F10"):
		c.at = id
	default:
		path := folder + id
		if _, ok := c.files()[path]; !ok {
			if c.Classic {
				return status(0x9404)
			}
			return status(0x6A82)
		}
		c.at = path
	}
	return c.described()
}

// described has what a selection says wait to be fetched.
func (c *Card) described() []byte {
	size := byte(len(c.files()[c.at]))
	if !c.Classic {
		c.answer = []byte{0x62, 0x07, 0x82, 0x05, 0x42, 0x21, 0x00, size, 0x01}
		return []byte{0x61, byte(len(c.answer))}
	}
	c.answer = make([]byte, 22)
	c.answer[14] = size
	if !c.Secret {
		c.answer[18] = 0x80 | byte(c.left)
	}
	return []byte{0x9F, byte(len(c.answer))}
}

func (c *Card) read(size int) []byte {
	content, ok := c.files()[c.at]
	switch {
	case !ok:
		return status(0x6986)
	case c.PIN != "" && !c.open && len(c.at) > 4 && c.at[len(c.at)-4:] != "6F46":
		if c.Classic {
			return status(0x9804)
		}
		return status(0x6982)
	case size > len(content):
		return []byte{0x6C, byte(len(content))}
	}
	return append(bytes.Clone(content[:size]), 0x90, 0x00)
}

func (c *Card) verify(b []byte) []byte {
	switch {
	case len(b) < 13 && c.Secret:
		return status(0x6A86)
	case len(b) < 13 && (c.PIN == "" || c.open):
		return status(0x9000)
	case c.left == 0 && c.Classic:
		return status(0x9840)
	case c.left == 0:
		return status(0x6983)
	case len(b) < 13:
		return []byte{0x63, 0xC0 | byte(c.left)}
	}
	pin := string(bytes.TrimRight(b[5:13], "\xff"))
	c.tried = append(c.tried, pin)
	if pin == c.PIN {
		c.open, c.left = true, 3
		return status(0x9000)
	}
	if c.left--; c.Classic {
		return status(0x9804)
	}
	return []byte{0x63, 0xC0 | byte(c.left)}
}

// askATR is the one order of vpcd's, all of one byte, that is answered; the others switch the card off, on, or reset it.
const askATR = 4

// Serve is the card's side of vpcd's protocol on a connection; it returns when the connection ends.
func (c *Card) Serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	for {
		var size uint16
		if binary.Read(conn, binary.BigEndian, &size) != nil {
			return
		}
		acknowledge(conn)
		frame := make([]byte, size)
		if _, err := io.ReadFull(conn, frame); err != nil {
			return
		}
		var answer []byte
		switch {
		case size != 1:
			answer, _ = c.Transmit(context.Background(), frame)
		case frame[0] == askATR:
			answer = []byte{0x3B, 0x00}
		default:
			c.Reset()
			continue
		}
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
			return
		}
	}
}

// acknowledge has the kernel acknowledge at once what came: vpcd writes a frame in two pieces and holds the second back till
// then, which takes 40 ms.
func acknowledge(conn net.Conn) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return
	}
	if raw, err := tcp.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_QUICKACK, 1) })
	}
}
