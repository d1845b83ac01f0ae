package house_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"net"
	"slices"
	"sync"
)

// The commands and statuses that the far sides of a storm use: SMPP 3.4 §5.1.2 and §5.1.3.
const (
	bindTransceiver uint32 = 0x00000009
	submitSM        uint32 = 0x00000004
	deliverSM       uint32 = 0x00000005
	unbindLink      uint32 = 0x00000006
	enquireLink     uint32 = 0x00000015
	smppResponse    uint32 = 0x80000000

	smppOK        uint32 = 0x00
	smppSystem    uint32 = 0x08
	smppQueueFull uint32 = 0x14
	smppThrottled uint32 = 0x58
)

// smppFrame is one PDU, written and read without any of the product's code.
type smppFrame struct {
	id, status, seq uint32
	body            []byte
}

func (f smppFrame) bytes() []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(16+len(f.body))) //nolint:gosec // short
	for _, n := range []uint32{f.id, f.status, f.seq} {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return append(b, f.body...)
}

func readSMPP(r io.Reader) (f smppFrame, err error) {
	var head [16]byte
	if _, err = io.ReadFull(r, head[:]); err != nil {
		return f, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n < 16 || n > 1<<16 {
		return f, errors.New("a PDU of no length")
	}
	f = smppFrame{id: binary.BigEndian.Uint32(head[4:]), status: binary.BigEndian.Uint32(head[8:]), seq: binary.BigEndian.Uint32(head[12:]), body: make([]byte, n-16)}
	_, err = io.ReadFull(r, f.body)
	return f, err
}

// zero ends a string on the wire.
func zero(texts ...string) []byte {
	var b []byte
	for _, t := range texts {
		b = append(append(b, t...), 0)
	}
	return b
}

// shortBody is the body of a submit_sm or deliver_sm, SMPP 3.4 §4.4.1: international numbers, a final receipt wanted.
func shortBody(from, to string, class byte, text string) []byte {
	b := slices.Concat([]byte{0, 1, 1}, zero(from), []byte{1, 1}, zero(to), []byte{class, 0, 0, 0, 0, 1, 0, 0, 0, byte(len(text))}) //nolint:gosec // short
	return append(b, text...)
}

// shortOf reads the same.
func shortOf(body []byte) (from, to string, class byte, text string) {
	b := bytes.NewBuffer(body)
	cut := func(skip int) string {
		b.Next(skip)
		s, _ := b.ReadString(0)
		return s[:max(0, len(s)-1)]
	}
	cut(0)
	from, to = cut(2), cut(2)
	class = b.Next(1)[0]
	b.Next(2)
	cut(0)
	cut(0)
	b.Next(4)
	return from, to, class, string(b.Next(int(b.Next(1)[0])))
}

// far is the far side of a link, over and over: it asks, some at a time, and takes what it is asked. All its functions are
// called with mu held.
type far struct {
	take func(id uint32, body []byte) (answer []byte)
	lost func(*far, []asking) // what was not answered when a link was lost, in order

	mu    sync.Mutex // guards:
	conn  net.Conn   // nil: no link is bound
	seq   uint32
	todo  []asking
	open  map[uint32]asking
	blow  int // above 0: so many requests more are taken and not answered, and then the link is cut
	wrong []uint32
}

// asking is one request, and who is told of its answer.
type asking struct {
	id   uint32
	body []byte
	told func(body []byte)
}

// farWindow is how many requests of a far side are not answered at most.
const farWindow = 32

// wants has requests asked when there is room.
func (f *far) wants(all ...asking) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.todo = append(f.todo, all...)
	f.pump()
}

// cut has the link swallow some requests and break.
func (f *far) cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.blow = 5
}

// idle reports that everything was asked and answered.
func (f *far) idle() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.todo)+len(f.open) == 0
}

func (f *far) pump() {
	for f.conn != nil && len(f.todo) > 0 && len(f.open) < farWindow {
		f.seq++
		a := f.todo[0]
		f.todo, f.open[f.seq] = f.todo[1:], a
		_, _ = f.conn.Write(smppFrame{id: a.id, seq: f.seq, body: a.body}.bytes()) // a lost link shows where it is read
	}
}

// serve works on a link that is bound until it is lost.
func (f *far) serve(conn net.Conn) {
	f.mu.Lock()
	f.conn, f.open = conn, map[uint32]asking{}
	f.pump()
	f.mu.Unlock()
	for {
		x, err := readSMPP(conn)
		f.mu.Lock()
		if err == nil {
			err = f.got(x)
		}
		if err != nil {
			var left []asking
			for _, n := range slices.Sorted(maps.Keys(f.open)) {
				left = append(left, f.open[n])
			}
			f.conn, f.open = nil, nil
			f.lost(f, left)
			f.mu.Unlock()
			return
		}
		f.pump()
		f.mu.Unlock()
	}
}

// errCut ends a link on purpose.
var errCut = errors.New("the link was cut")

// got takes one PDU.
func (f *far) got(x smppFrame) error {
	if x.id&smppResponse != 0 {
		f.answered(x)
		return nil
	}
	answer := smppFrame{id: x.id | smppResponse, seq: x.seq}
	if x.id == submitSM || x.id == deliverSM {
		answer.body = f.take(x.id, x.body)
		if f.blow > 0 {
			if f.blow--; f.blow == 0 {
				return errors.Join(errCut, f.conn.Close())
			}
			return nil
		}
	}
	_, err := f.conn.Write(answer.bytes())
	if x.id == unbindLink {
		return errCut
	}
	return err
}

func (f *far) answered(x smppFrame) {
	a, ok := f.open[x.seq]
	if !ok {
		return
	}
	delete(f.open, x.seq)
	switch x.status {
	case smppOK:
		a.told(x.body)
	case smppSystem, smppQueueFull, smppThrottled:
		f.todo = append(f.todo, a)
	default:
		f.wrong = append(f.wrong, x.status)
	}
}
