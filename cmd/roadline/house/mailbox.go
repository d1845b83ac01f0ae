package house

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/recording"
)

// mailbox is what people said into the recordings of calls, for others to hear: messages that nobody heard yet, and the
// prompts of companies that are being recorded. It is the node's memory: facts keep it, and PostgreSQL tells it after a
// start what was left before. What is said can be heard once its recording is a file.
type mailbox struct {
	spool string // folder of the recordings

	mu   sync.Mutex // guards:
	left map[fmc.CompanyID][]*left
	// ahead are the recordings that were delivered while it is not remembered what was left before this start: a kill may
	// have come between a message and its file. nil: it is remembered.
	ahead map[contact]fmc.Kept
}

// contact names a call of a company.
type contact struct {
	company fmc.CompanyID
	call    fmc.CallID
}

// left is something that was left in a call.
type left struct {
	fmc.NewMail
	employee fmc.EmployeeID // for whom; of a prompt: who said it
	saying   bool           // NewMail.Prompt is a prompt of the company, and not a message
	call     fmc.CallID
	at       time.Time     // when it was left
	from, to time.Duration // on the call's clock
	file     string        // empty: the recording is not delivered yet
	opened   time.Duration // where the file begins, on the call's clock
	heard    time.Time     // zero: not yet
}

// cut returns it as a WAV file.
func (x *left) cut() ([]byte, error) {
	f, err := os.Open(x.file)
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "the recording of call %s: %w", x.call, err)
	}
	defer func() { _ = f.Close() }()
	return recording.Excerpt(f, x.from-x.opened, x.to-x.opened)
}

func newMailbox(spool string) *mailbox {
	return &mailbox{spool: spool, left: map[fmc.CompanyID][]*left{}, ahead: map[contact]fmc.Kept{}}
}

// heardAgain is for how long a message that was heard can be played again: a person may be at it.
const heardAgain = time.Hour

// watch takes what happens in a call.
func (b *mailbox) watch(is call.Call, facts []fmc.Fact) {
	for _, f := range facts {
		switch body := f.Body.(type) {
		case fmc.Mailed:
			b.mailed(is, f, body)
		case fmc.Listened:
			b.listened(is.Company, body.Prompt, is.Began.Add(f.At))
		case fmc.Closed:
			if is.Tape.State != fmc.TapeReady {
				b.lost(is.Company, is.ID)
			}
		default: // nothing that anybody listens to
		}
	}
}

// mailed takes what was left in a call. Messages for a group are nobody's own, and are heard in the cabinet.
func (b *mailbox) mailed(is call.Call, f fmc.Fact, m fmc.Mailed) {
	if m.Prompt == "" && m.Employee == "" {
		return
	}
	x := &left{employee: m.Employee, saying: m.Prompt != "", call: is.ID, at: is.Began.Add(f.At), from: m.From, to: f.At}
	x.Prompt = cmp.Or(m.Prompt, fmc.MessagePrompt(is.ID, m.From))
	p, _ := is.Party(m.Leg)
	x.From = cmp.Or(p.Number.E164, is.Request.From.E164)
	b.put(is.Company, x)
}

// put adds what was left, in the order of time, unless it is there.
func (b *mailbox) put(company fmc.CompanyID, x *left) {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := slices.DeleteFunc(b.left[company], func(o *left) bool { return !o.heard.IsZero() && x.at.Sub(o.heard) > heardAgain })
	if !slices.ContainsFunc(all, func(o *left) bool { return o.call == x.call && o.from == x.from }) {
		all = append(all, x)
		slices.SortStableFunc(all, func(a, b *left) int { return a.at.Compare(b.at) })
	}
	b.left[company] = all
}

// listened takes that a message was heard.
func (b *mailbox) listened(company fmc.CompanyID, prompt fmc.PromptID, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, x := range b.left[company] {
		if x.Prompt == prompt && !x.saying && x.heard.IsZero() {
			x.heard = at
		}
	}
}

// lost takes that a call has no recording: nobody will hear what was left in it.
func (b *mailbox) lost(company fmc.CompanyID, id fmc.CallID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left[company] = slices.DeleteFunc(b.left[company], func(x *left) bool { return x.call == id })
}

// delivered takes that the recording of a call is a file, and returns the prompts that were said in it, which are no
// more the mailbox's business.
func (b *mailbox) delivered(company fmc.CompanyID, id fmc.CallID, kept fmc.Kept) (sayings []left) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ahead != nil {
		b.ahead[contact{company, id}] = kept
	}
	b.left[company] = slices.DeleteFunc(b.left[company], func(x *left) bool {
		if x.call != id {
			return false
		}
		x.file, x.opened = filepath.Join(b.spool, kept.File), kept.Opened
		if x.saying {
			sayings = append(sayings, *x)
		}
		return x.saying
	})
	return sayings
}

// deliveredAhead returns the recording of a call that was delivered before what was left in it was put here.
func (b *mailbox) deliveredAhead(company fmc.CompanyID, id fmc.CallID) (kept fmc.Kept, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	kept, ok = b.ahead[contact{company, id}]
	return kept, ok
}

// remembered takes that all is here that was left before this start.
func (b *mailbox) remembered() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ahead = nil
}

// messages are those left for a person that can be heard and were not, the oldest first.
func (b *mailbox) messages(company fmc.CompanyID, who fmc.EmployeeID) []fmc.NewMail {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []fmc.NewMail
	for _, x := range b.left[company] {
		if x.employee == who && !x.saying && x.file != "" && x.heard.IsZero() {
			all = append(all, x.NewMail)
		}
	}
	return all
}

// find returns where a message of a company lies.
func (b *mailbox) find(company fmc.CompanyID, prompt fmc.PromptID) (left, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, x := range b.left[company] {
		if x.Prompt == prompt && !x.saying && x.file != "" {
			return *x, true
		}
	}
	return left{}, false
}
