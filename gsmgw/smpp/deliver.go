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
)

// deliver tells the programs that are bound what waits for them, until ctx is done.
func (s *Server) deliver(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	var mu sync.Mutex
	busy := map[fmc.ProgramRef]bool{} // guarded by mu
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
		due, err := s.o.Queue.DeliveriesDue(ctx)
		if err != nil {
			if cause.KindOf(err) != cause.Unavailable && ctx.Err() == nil {
				s.log.Warn("deliveries to programs not looked up", "err", err)
			}
			continue
		}
		for _, who := range due {
			mu.Lock()
			free := !busy[who] && s.receiver(who) != nil
			busy[who] = busy[who] || free
			mu.Unlock()
			if !free {
				continue
			}
			running.Go(func() {
				s.tell(ctx, who)
				mu.Lock()
				delete(busy, who)
				mu.Unlock()
			})
		}
	}
}

// listening reports that a program is bound that may be told something.
func (s *Server) listening() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.bound) > 0
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

// tell tells a program what is due for it.
func (s *Server) tell(ctx context.Context, who fmc.ProgramRef) {
	for ctx.Err() == nil {
		all, err := s.o.Queue.TakeDeliveries(ctx, who, batch)
		if err != nil || len(all) == 0 {
			if err != nil && ctx.Err() == nil {
				s.log.Warn("deliveries to a program not taken", "company", who.Company, "err", err)
			}
			return
		}
		outcomes := s.give(ctx, who, all)
		if !s.settle(ctx, outcomes) || s.receiver(who) == nil {
			return
		}
	}
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
		outcomes[i] = fmc.DeliveryOutcome{N: d.N, Company: d.Company, State: fmc.DeliveryWaiting, Due: s.o.Now().UTC()}
		m := s.receiver(who)
		if m == nil || m.s.reserve(ctx, 1) == 0 {
			continue // it waits on
		}
		f, err := s.write(who, d)
		if err != nil {
			m.s.release(1)
			outcomes[i].State, outcomes[i].Why = fmc.DeliveryFailed, err.Error()
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
		o.State, o.Due = fmc.DeliveryWaiting, now
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

// write writes a delivery as deliver_sm.
func (s *Server) write(who fmc.ProgramRef, d fmc.Delivery) (frame, error) {
	p, ok := s.program(who)
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
