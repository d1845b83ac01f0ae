// Package pcsc speaks to pcscd, the daemon that has the machine's card readers, by the protocol of its socket: no C library
// is linked. It moves commands and answers; what they mean is package simcard's. Start at Dial.
//
// The protocol is that of winscard_msg.h of pcsc-lite, version 4.4 (1.8.24 to 1.9.9) and 4.5 (2.x): structures in the byte
// order of the machine, a header before those of the client, none before those of the daemon.
package pcsc

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"roadline/fmc/cause"
)

// Socket is where pcscd listens.
const Socket = "/run/pcscd/pcscd.comm"

// Commands of the client.
const (
	establish  = 0x01
	connect    = 0x04
	disconnect = 0x06
	transmit   = 0x09
	version    = 0x11
	readers    = 0x12
)

// Sizes of winscard_msg.h, in bytes, and what is asked for.
const (
	nameSize    = 128
	mostReaders = 16
	atrSize     = 33
	mostAnswer  = 264 // MAX_BUFFER_SIZE

	exclusive = 1 // SCARD_SHARE_EXCLUSIVE: nobody else selects files meanwhile
	t0        = 1 // SCARD_PROTOCOL_T0, which every SIM speaks
	reset     = 1 // SCARD_RESET_CARD: an unlocked card is locked again
	system    = 2 // SCARD_SCOPE_SYSTEM
	present   = 0x0004
)

// Client is a connection to pcscd. One goroutine may use it.
type Client struct {
	conn    net.Conn
	context uint32
}

// Reader is a card reader's slot.
type Reader struct {
	Name string // as pcscd says; it changes with the order of plugging
	Card bool   // one is in it
}

// Dial connects to pcscd.
func Dial(ctx context.Context, socket string) (*Client, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "reach pcscd, which has the card readers (package pcscd): %w", err)
	}
	c := &Client{conn: conn}
	v := struct{ Major, Minor, RV uint32 }{4, 4, 0}
	if err = c.ask(ctx, version, &v, &v.RV); err == nil && v.Major != 4 {
		err = cause.Errorf(cause.Unsupported, "pcscd speaks version %d.%d of its protocol, not 4", v.Major, v.Minor)
	}
	e := struct{ Scope, Context, RV uint32 }{Scope: system}
	if err == nil {
		err = c.ask(ctx, establish, &e, &e.RV)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("greet pcscd: %w", err), conn.Close())
	}
	c.context = e.Context
	return c, nil
}

// Close leaves pcscd, which lets go of what was held.
func (c *Client) Close() error { return c.conn.Close() }

// readerState is READER_STATE with its padding.
type readerState struct {
	Name     [nameSize]byte
	_        uint32 // how often a card came or went
	State    uint32
	_        int32 // how it is shared
	_        [atrSize]byte
	_        [3]byte
	_        uint32 // size of the ATR
	Protocol uint32
}

// Readers lists the readers that pcscd has, in its order.
func (c *Client) Readers(ctx context.Context) ([]Reader, error) {
	var states [mostReaders]readerState
	if err := c.turn(ctx, readers, nil, &states); err != nil {
		return nil, fmt.Errorf("list the card readers: %w", err)
	}
	var all []Reader
	for _, s := range states {
		if name := text(s.Name[:]); name != "" {
			all = append(all, Reader{Name: name, Card: s.State&present != 0})
		}
	}
	return all, nil
}

// Card is a card in a reader, held for this client alone. It is simcard.Wire.
type Card struct {
	client *Client
	handle int32
}

// Connect takes the card of a reader. An error of cause.NotFound: there is none; of cause.NoRoom: another program has it.
func (c *Client) Connect(ctx context.Context, reader string) (*Card, error) {
	x := struct {
		Context         uint32
		Reader          [nameSize]byte
		Share, Protocol uint32
		Handle          int32
		Active, RV      uint32
	}{Context: c.context, Share: exclusive, Protocol: t0}
	copy(x.Reader[:nameSize-1], reader)
	if err := c.ask(ctx, connect, &x, &x.RV); err != nil {
		return nil, fmt.Errorf("take the card in %s: %w", reader, err)
	}
	return &Card{client: c, handle: x.Handle}, nil
}

// Transmit is documented at simcard.Wire.
func (c *Card) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	type order struct {
		Handle                   int32
		Protocol, Size           uint32 // of the request
		Length                   uint32 // of the command
		AnswerProtocol, AnswerPI uint32
		Answer                   uint32 // room for the answer, then its length
		RV                       uint32
	}
	x := order{Handle: c.handle, Protocol: t0, Size: 16, Length: uint32(len(command)), AnswerProtocol: t0, AnswerPI: 16, Answer: mostAnswer}
	var answer []byte
	err := c.client.guarded(ctx, func() error {
		if err := c.client.write(transmit, &x, command); err != nil {
			return err
		}
		if err := binary.Read(c.client.conn, binary.NativeEndian, &x); err != nil || x.RV != 0 {
			return err
		}
		if x.Answer > mostAnswer {
			return cause.Errorf(cause.Invalid, "pcscd tells of an answer of %d bytes", x.Answer)
		}
		answer = make([]byte, x.Answer)
		_, err := io.ReadFull(c.client.conn, answer)
		return err
	})
	if err == nil {
		err = meaning(x.RV)
	}
	return answer, err
}

// Close lets go of the card and resets it, so that its PIN is wanted again.
func (c *Card) Close(ctx context.Context) error {
	x := struct {
		Handle          int32
		Disposition, RV uint32
	}{Handle: c.handle, Disposition: reset}
	return c.client.ask(ctx, disconnect, &x, &x.RV)
}

// ask sends a structure, reads it back, and says what its code means. code points into the structure.
func (c *Client) ask(ctx context.Context, command uint32, x any, code *uint32) error {
	if err := c.turn(ctx, command, x, x); err != nil {
		return err
	}
	return meaning(*code)
}

// turn sends a command and reads its answer.
func (c *Client) turn(ctx context.Context, command uint32, x, answer any) error {
	return c.guarded(ctx, func() error {
		if err := c.write(command, x, nil); err != nil {
			return err
		}
		return binary.Read(c.conn, binary.NativeEndian, answer)
	})
}

// guarded does what may wait for pcscd; when ctx ends the connection is closed, for half an answer cannot be skipped.
func (c *Client) guarded(ctx context.Context, do func() error) error {
	stop := context.AfterFunc(ctx, func() { _ = c.conn.Close() })
	defer stop()
	if err := do(); err != nil {
		return cause.Errorf(cause.Unavailable, "speak with pcscd: %w", errors.Join(ctx.Err(), err))
	}
	return nil
}

// write sends a command: size and number, its structure, and what follows without being counted.
func (c *Client) write(command uint32, x any, more []byte) error {
	size := 0
	if x != nil {
		size = binary.Size(x)
	}
	var b bytes.Buffer
	b.Write(binary.NativeEndian.AppendUint32(nil, uint32(size)))
	b.Write(binary.NativeEndian.AppendUint32(nil, command))
	if x != nil {
		if err := binary.Write(&b, binary.NativeEndian, x); err != nil {
			return err
		}
	}
	b.Write(more)
	_, err := c.conn.Write(b.Bytes())
	return err
}

// text is a string of C.
func text(b []byte) string {
	s, _, _ := strings.Cut(string(b), "\x00")
	return s
}

// meaning says what a code of pcscd's means: pcsclite.h.
func meaning(code uint32) error {
	switch code {
	case 0:
		return nil
	case 0x80100009, 0x8010000C, 0x80100017, 0x80100069:
		return cause.Errorf(cause.NotFound, "no card is in it")
	case 0x8010000B:
		return cause.Errorf(cause.NoRoom, "another program has the card")
	case 0x80100066, 0x80100067, 0x80100068, 0x8010000F:
		return cause.Errorf(cause.Unavailable, "the card does not answer as a SIM does, or was reset: take it out and put it in again")
	case 0x8010006A:
		return cause.Errorf(cause.Denied, "pcscd refuses this user: polkit must allow org.debian.pcsc-lite.access_pcsc and access_card")
	}
	return cause.Errorf(cause.Unavailable, "pcscd answers %08X", code)
}
