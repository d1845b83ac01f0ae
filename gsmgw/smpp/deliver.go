package smpp

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu/pdutlv"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// Waits of deliveries.
const (
	lookEvery    = 300 * time.Millisecond
	deliverAgain = 10 * time.Second // after the first refusal; twice as long each time
	lostAgain    = time.Second      // after the first link that was lost with a receipt on it; likewise
	againMost    = 10 * time.Minute
	deliverMost  = 48 * time.Hour // after which a program is not told any more
	batch        = 64             // taken together: of so many a killed server leaves it uncertain whether the program has them
	strayTime    = time.Minute    // within which the database may still do what it did not answer
)

// desk is which programs are told something now.
type desk struct {
	mu     sync.Mutex // guards:
	busy   map[fmc.ProgramRef]bool
	strays map[fmc.ProgramRef]stray
}

// stray says that deliveries may stand as out which were not given: that they were taken was not answered.
type stray struct {
	since time.Time
	back  bool // they were brought back once
}

// begin reports that a program may be told something, and notes that it is.
func (d *desk) begin(who fmc.ProgramRef) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	x, astray := d.strays[who]
	if d.busy[who] || astray && !x.back {
		return false
	}
	d.busy[who] = true
	return true
}

// end notes that a program is not told anything any more; lost: the last take failed.
func (d *desk) end(who fmc.ProgramRef, lost bool, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.busy, who)
	if lost {
		d.strays[who] = stray{since: now}
	}
}

// astray are those whose deliveries are to be brought back now.
func (d *desk) astray(now time.Time) (all []fmc.ProgramRef) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for who, x := range d.strays {
		if !d.busy[who] && (!x.back || now.Sub(x.since) >= strayTime) {
			all = append(all, who)
		}
	}
	return all
}

// back notes that they are.
func (d *desk) back(who fmc.ProgramRef, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	x := d.strays[who]
	if x.back = true; now.Sub(x.since) >= strayTime {
		delete(d.strays, who)
		return
	}
	d.strays[who] = x
}

// restore settles what an earlier process had out, however long that takes.
func (s *Server) restore(ctx context.Context) {
	for told := false; ctx.Err() == nil; told = true {
		err := s.o.Queue.RecoverDeliveries(ctx)
		if err == nil {
			return
		}
		if !told {
			s.log.Error("deliveries of the last start not recovered yet", "err", err)
		}
		pause(ctx, wrongWait)
	}
}

// fetch brings back what strayed.
func (s *Server) fetch(ctx context.Context, d *desk) {
	for _, who := range d.astray(s.o.Now()) {
		if err := s.o.Queue.ReturnDeliveries(ctx, who); err != nil {
			s.log.Debug("deliveries to a program not brought back yet", "company", who.Company, "err", err)
			return
		}
		d.back(who, s.o.Now())
	}
}

// deliver tells the programs that are bound what waits for them, until ctx is done.
func (s *Server) deliver(ctx context.Context) {
	s.restore(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	d := &desk{busy: map[fmc.ProgramRef]bool{}, strays: map[fmc.ProgramRef]stray{}}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !s.listening() {
			continue
		}
		s.fetch(ctx, d)
		due, err := s.o.Queue.DeliveriesDue(ctx)
		if err != nil {
			if cause.KindOf(err) != cause.Unavailable && ctx.Err() == nil {
				s.log.Warn("deliveries to programs not looked up", "err", err)
			}
			continue
		}
		for _, who := range due {
			if s.hears(who) && d.begin(who) {
				running.Go(func() { d.end(who, !s.tell(ctx, who), s.o.Now()) })
			}
		}
	}
}

// listening reports that a program is bound that may be told something.
func (s *Server) listening() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.bound) > 0
}

// hears reports that a program can be told something, or that it is gone and nothing waits for it any more.
func (s *Server) hears(who fmc.ProgramRef) bool {
	_, rests, ok := s.find(who)
	return !rests && (!ok || s.receiver(who) != nil)
}

// receiver is a link of a program by which it is told, each in its turn; nil: there is none.
func (s *Server) receiver(who fmc.ProgramRef) *member {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.bound[who]
	for range all {
		s.turn++
		m := all[s.turn%len(all)]
		if _, bind := m.is(); bind != Transmitter {
			return m
		}
	}
	return nil
}

// tell tells a program what is due for it; false: nobody knows whether something more was taken.
func (s *Server) tell(ctx context.Context, who fmc.ProgramRef) bool {
	for ctx.Err() == nil {
		all, err := s.o.Queue.TakeDeliveries(ctx, who, batch)
		if err != nil {
			if ctx.Err() == nil {
				s.log.Warn("deliveries to a program not taken", "company", who.Company, "err", err)
			}
			return false
		}
		if len(all) == 0 || !s.settle(ctx, s.give(ctx, who, all)) || !s.hears(who) {
			break
		}
	}
	return true
}

// settle writes down what became of deliveries, as often as it takes: they stand as out until then. At the stop it tries
// once more.
func (s *Server) settle(ctx context.Context, outcomes []fmc.DeliveryOutcome) bool {
	for {
		patient, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTime)
		err := s.o.Queue.SettleDeliveries(patient, outcomes)
		cancel()
		if err == nil || ctx.Err() != nil {
			return err == nil
		}
		s.log.Error("deliveries to a program not settled", "count", len(outcomes), "err", err)
		pause(ctx, wrongWait)
	}
}

// pause returns after a while, or when ctx is done.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// give gives a program deliveries and waits for its answers.
func (s *Server) give(ctx context.Context, who fmc.ProgramRef, all []fmc.Delivery) []fmc.DeliveryOutcome {
	outcomes := make([]fmc.DeliveryOutcome, len(all))
	var answered sync.WaitGroup
	for i, d := range all {
		outcomes[i] = fmc.DeliveryOutcome{N: d.N, Company: d.Company, State: fmc.DeliveryWaiting} // as due as it was
		f, err := s.write(who, d)
		if errors.Is(err, errRests) {
			continue // it waits on
		}
		if err != nil {
			outcomes[i].State, outcomes[i].Why = fmc.DeliveryFailed, err.Error()
			continue
		}
		m := s.receiver(who)
		if m == nil || m.s.reserve(ctx, 1) == 0 {
			continue
		}
		answered.Add(1)
		var once sync.Once // an answer beside the word that none came changes nothing any more
		m.s.put(ctx, f, func(answer frame, err error) {
			once.Do(func() {
				outcomes[i] = s.judge(d, answer, err)
				answered.Done()
			})
		})
	}
	answered.Wait()
	return outcomes
}

// judge says what follows from an answer. A receipt that may have come is given again: it says the same. A message is not.
func (s *Server) judge(d fmc.Delivery, answer frame, err error) fmc.DeliveryOutcome {
	now := s.o.Now().UTC()
	o := fmc.DeliveryOutcome{N: d.N, Company: d.Company, State: fmc.DeliveryDone}
	after := func(first time.Duration) time.Time { return now.Add(min(first<<min(max(d.Tries-1, 0), 10), againMost)) }
	again := after(deliverAgain)
	switch {
	case errors.Is(err, errUnsent):
		o.State = fmc.DeliveryWaiting
	case errors.Is(err, errGone) && d.Receipt():
		o.State, o.Due, o.Why = fmc.DeliveryWaiting, after(lostAgain), err.Error()
	case err != nil && d.Receipt():
		o.State, o.Due, o.Why = fmc.DeliveryWaiting, again, err.Error()
	case err != nil:
		o.State, o.Why = fmc.DeliveryUncertain, err.Error()
	case answer.status() == statusOK:
	case passing(answer.status()) && again.Sub(d.Done) < deliverMost:
		o.State, o.Due, o.Why = fmc.DeliveryWaiting, again, (&refusal{"the program has no room", answer.status()}).Error()
	default:
		o.State, o.Why = fmc.DeliveryFailed, (&refusal{"the program refused it", answer.status()}).Error()
	}
	return o
}

// errRests says that nothing is given to a company's programs now.
var errRests = errors.New("the company is suspended")

// write writes a delivery as deliver_sm.
func (s *Server) write(who fmc.ProgramRef, d fmc.Delivery) (frame, error) {
	p, rests, ok := s.find(who)
	if rests {
		return nil, errRests
	}
	if !ok {
		return nil, cause.Errorf(cause.NotFound, "the company has no such program any more")
	}
	out := short{source: addressOf(d.From), dest: addressOf(d.To)}
	if !d.Receipt() {
		parts, coding, _ := alphabetOf(p).encode(d.Text)
		out.coding = coding
		for _, part := range parts {
			out.data = append(out.data, part...)
		}
		return out.write(delivering())
	}
	_, state, final := stateOf(d.State)
	out.class = classReceipt
	if !final {
		out.class = classIntermediate
	}
	out.source, out.dest = out.dest, out.source
	out.data = []byte(receiptText(d))
	out.options = map[pdutlv.Tag][]byte{
		pdutlv.TagReceiptedMessageID: append([]byte(d.Message), 0), pdutlv.TagMessageStateOption: {state},
	}
	return out.write(delivering())
}
