package simcard

import (
	"context"
	"errors"
	"fmt"

	"roadline/fmc/cause"
)

// Status is how a card ends an answer: ISO 7816-4 §5.6, TS 51.011 §9.4.
type Status uint16

const (
	denied         Status = 0x6982
	pinBlocked     Status = 0x6983
	noFile         Status = 0x6A82
	noRecord       Status = 0x6A83
	insUnknown     Status = 0x6D00
	classUnknown   Status = 0x6E00
	classicMissing Status = 0x9404
	classicDenied  Status = 0x9804
	classicBlocked Status = 0x9840
)

// Error says what the card said, in words where it has some.
func (s Status) Error() string {
	switch {
	case s&0xFFF0 == 0x63C0:
		return fmt.Sprintf("the PIN is wrong, %d attempts are left", s&0x0F)
	case s == denied:
		return "the card wants its PIN first"
	case s == classicDenied:
		return "the card wants its PIN first, or the PIN is wrong"
	case s == pinBlocked || s == classicBlocked:
		return "the PIN is blocked"
	case s == noFile || s == noRecord || s == classicMissing:
		return "the card has no such file"
	}
	return fmt.Sprintf("the card answers %04X", uint16(s))
}

func refused(err error) (Status, bool) { return errors.AsType[Status](err) }

// missing forgives that a card lacks what it need not have, or keeps it back.
func missing(err error) error {
	if _, ok := refused(err); ok {
		return nil
	}
	return err
}

// home is where the files of the telephone network are.
func (c *Card) home() []byte {
	if c.class == 0xA0 {
		return gsm
	}
	return c.app
}

// goHome goes there from anywhere.
func (c *Card) goHome(ctx context.Context) ([]byte, error) { return c.enter(ctx, c.home()) }

// enter goes into a folder from anywhere: the master file's child, or an application by its name.
func (c *Card) enter(ctx context.Context, folder []byte) ([]byte, error) {
	if len(folder) > 2 {
		return c.send(ctx, 0xA4, 0x04, 0x04, folder)
	}
	b, err := c.choose(ctx, master)
	if err != nil || string(folder) == string(master) {
		return b, err
	}
	return c.choose(ctx, folder)
}

// choose selects a file by its id and returns what the card says of it.
func (c *Card) choose(ctx context.Context, id []byte) ([]byte, error) {
	p2 := byte(0x04) // return the file's control parameters
	if c.class == 0xA0 {
		p2 = 0
	}
	return c.send(ctx, 0xA4, 0x00, p2, id)
}

// file reads the first bytes of a file without records.
func (c *Card) file(ctx context.Context, size byte, folder, id []byte) ([]byte, error) {
	if _, err := c.enter(ctx, folder); err != nil {
		return nil, err
	}
	if _, err := c.choose(ctx, id); err != nil {
		return nil, err
	}
	return c.command(ctx, []byte{c.class, 0xB0, 0, 0, size})
}

// send sends a command that carries data.
func (c *Card) send(ctx context.Context, ins, p1, p2 byte, data []byte) ([]byte, error) {
	return c.command(ctx, append([]byte{c.class, ins, p1, p2, byte(len(data))}, data...))
}

// most is how often a card may send us on for one answer.
const most = 4

// command sends a command as T=0 wants it: an answer that waits is fetched, a length that is wrong is mended.
func (c *Card) command(ctx context.Context, command []byte) ([]byte, error) {
	for range most {
		b, err := c.wire.Transmit(ctx, command)
		if err != nil {
			return nil, err
		}
		if len(b) < 2 {
			return nil, cause.Errorf(cause.Unavailable, "the card answers %d bytes: too few", len(b))
		}
		data, sw1, sw2 := b[:len(b)-2], b[len(b)-2], b[len(b)-1]
		switch {
		case sw1 == 0x90 && sw2 == 0 || sw1 == 0x91: // 91: a command of its own waits, which is none of our business
			return data, nil
		case sw1 == 0x61 || sw1 == 0x9F:
			command = []byte{c.class, 0xC0, 0, 0, sw2}
		case sw1 == 0x6C:
			command = append(command[:4:4], sw2)
		default:
			return nil, Status(sw1)<<8 | Status(sw2)
		}
	}
	return nil, cause.Errorf(cause.Unavailable, "the card answers in circles")
}
