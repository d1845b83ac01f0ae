package sdp

import (
	"net/netip"
	"slices"
	"strconv"

	"roadline/fmc/cause"
	"roadline/media"
)

// Side is what we say of one leg. Direction is what we want; SendRecv for a normal call, SendOnly or Inactive to hold
// the far side.
type Side struct {
	RTP       netip.AddrPort  // where voice comes to us, as the far side must see it; RTCP comes to the port above
	Codecs    []media.Codec   // in our order; empty: PCMA, PCMU
	Direction media.Direction // from our side
	ID        uint64          // of o=: one number per dialog, that no other has (RFC 8866 §5.2)
	Last      Session         // what we said last in this dialog; zero: nothing yet
}

// Agreed is what offer and answer came to.
type Agreed struct {
	Remote media.Remote // for media.Port.Set; Signal is not known here
	Held   bool         // the far side wants to hear nothing now
}

// ourEvent is the payload type that we ask for RFC 4733 on: the one that most phones use.
const ourEvent = 101

// events are the keys that we understand (RFC 4733 §2.4.1).
const events = "0-15"

// Offer makes an offer: the first, or another in the same dialog. It keeps the lines and payload types of what was said
// before (RFC 3264 §8), and its version grows only where something changed.
func Offer(side Side) Session {
	audio := Media{Kind: "audio", Port: side.RTP.Port(), Proto: "RTP/AVP", Addr: side.RTP.Addr(), Direction: side.Direction, PTime: media.FrameTime}
	event := ourEvent
	at := slices.IndexFunc(side.Last.Media, Media.plainAudio)
	if at >= 0 {
		if id, ok := side.Last.Media[at].event(); ok {
			event = int(id)
		}
	}
	for _, c := range side.codecs() {
		audio.Formats = append(audio.Formats, codecFormat(c, strconv.Itoa(int(c.PayloadType()))))
	}
	audio.Formats = append(audio.Formats, eventFormat(strconv.Itoa(event)))
	lines := []Media{audio}
	if len(side.Last.Media) > 0 {
		lines = refusals(side.Last.Media)
		lines[max(0, at)] = audio
	}
	return side.say(lines)
}

// Answer answers an offer: the first plain audio stream with a codec of ours, one codec and RFC 4733 by the offer's own
// payload types, every other stream refused. Errors: cause.Unsupported where nothing fits (SIP 488), cause.Invalid for a
// stream that cannot be (SIP 400).
func Answer(offer Session, side Side) (Session, Agreed, error) {
	at := offer.audio()
	if at < 0 {
		return Session{}, Agreed{}, refusal(offer)
	}
	theirs := offer.Media[at]
	codec, format, ok := theirs.choose(side.codecs())
	if !ok {
		return Session{}, Agreed{}, cause.Errorf(cause.Unsupported, "answer the call: it offers no codec of ours, which are %v", side.codecs())
	}
	if theirs.Addr.Is4() != side.RTP.Addr().Is4() && !theirs.Addr.IsUnspecified() {
		return Session{}, Agreed{}, cause.Errorf(cause.Unsupported, "answer the call: it wants its voice at %s, ours comes to %s: lease a port of the same family", theirs.Addr, side.RTP.Addr())
	}
	ours := Media{
		Kind: "audio", Port: side.RTP.Port(), Proto: theirs.Proto, Formats: []Format{codecFormat(codec, format)}, Addr: side.RTP.Addr(),
		Direction: theirs.wants() & side.Direction, PTime: media.FrameTime,
	}
	agreed := agree(theirs, codec, ours.Direction)
	if id, ok := theirs.event(); ok {
		ours.Formats = append(ours.Formats, eventFormat(strconv.Itoa(int(id))))
		agreed.Remote.EventIn, agreed.Remote.EventOut = id, id // RFC 3264 §6.1: the answer uses the offer's numbers
	}
	lines := refusals(offer.Media)
	lines[at] = ours
	return side.say(lines), agreed, nil
}

// Accept takes the answer to an offer of ours. Errors: cause.Unsupported where it refuses the stream or names no codec
// that was offered.
func Accept(offer, answer Session) (Agreed, error) {
	i, at := offer.audio(), answer.audio()
	if i < 0 || at < 0 {
		return Agreed{}, refusal(answer)
	}
	ours, theirs := offer.Media[i], answer.Media[at]
	var offered []media.Codec
	for _, f := range theirs.Formats { // theirs come first: an answer's first is what it wants to be sent (RFC 3264 §7)
		if c, ok := f.codec(); ok && slices.ContainsFunc(ours.Formats, func(o Format) bool { own, ok := o.codec(); return ok && own == c }) {
			offered = append(offered, c)
		}
	}
	if len(offered) == 0 {
		return Agreed{}, cause.Errorf(cause.Unsupported, "the answer names no codec that was offered")
	}
	agreed := agree(theirs, offered[0], theirs.wants()&ours.Direction)
	if id, ok := theirs.event(); ok {
		agreed.Remote.EventOut = id
		agreed.Remote.EventIn, _ = ours.event()
	}
	return agreed, nil
}

// agree is what a line of theirs comes to.
func agree(theirs Media, codec media.Codec, direction media.Direction) Agreed {
	return Agreed{
		Remote: media.Remote{RTP: theirs.target(), RTCP: theirs.RTCP, Codec: codec, Direction: direction},
		Held:   !theirs.receives(),
	}
}

// wants is the direction that a line of theirs leaves to us.
func (m Media) wants() media.Direction {
	if m.Addr.IsUnspecified() {
		return m.Direction.Reverse() &^ media.SendOnly
	}
	return m.Direction.Reverse()
}

// choose finds the first codec of ours in their list, with the payload type that they gave it.
func (m Media) choose(codecs []media.Codec) (media.Codec, string, bool) {
	for _, want := range codecs {
		for _, f := range m.Formats {
			// Only the static payload types: who maps G.711 to a dynamic one lists the static one too.
			if c, ok := f.codec(); ok && c == want && f.ID == strconv.Itoa(int(c.PayloadType())) {
				return c, f.ID, true
			}
		}
	}
	return 0, "", false
}

// event finds their payload type of RFC 4733 at 8000 Hz.
func (m Media) event() (uint8, bool) {
	for _, f := range m.Formats {
		if id, err := strconv.ParseUint(f.ID, 10, 7); err == nil && f.isEvent() && id != 0 && id != 8 {
			return uint8(id), true
		}
	}
	return 0, false
}

// refusals copies lines, each refused: port 0, the rest as it was (RFC 3264 §6).
func refusals(lines []Media) []Media {
	out := make([]Media, len(lines))
	for i, m := range lines {
		out[i] = Media{Kind: m.Kind, Proto: m.Proto, Formats: bare(m.Formats)}
	}
	return out
}

func bare(formats []Format) []Format {
	out := make([]Format, len(formats))
	for i, f := range formats {
		out[i].ID = f.ID
	}
	return out
}

// refusal says why a description has no stream for us.
func refusal(s Session) error {
	for _, m := range s.Media {
		switch {
		case m.Kind == "audio" && m.Port == 0:
			return cause.Errorf(cause.Unsupported, "its audio stream is refused or switched off")
		case m.Kind == "audio" && !m.plainAudio():
			return cause.Errorf(cause.Unsupported, "its audio goes over %s: we take RTP/AVP", m.Proto)
		}
	}
	return cause.Errorf(cause.Unsupported, "it has no audio stream")
}

func (side Side) codecs() []media.Codec {
	if len(side.Codecs) == 0 {
		return []media.Codec{media.PCMA, media.PCMU}
	}
	return side.Codecs
}

// say makes our next description of these lines.
func (side Side) say(lines []Media) Session {
	s := Session{ID: side.ID, Version: side.Last.Version, Addr: side.RTP.Addr(), Media: lines}
	if !s.Is(side.Last) {
		s.Version++
	}
	return s
}

func codecFormat(c media.Codec, id string) Format {
	return Format{ID: id, Name: c.String(), Clock: media.SampleRate}
}

func eventFormat(id string) Format {
	return Format{ID: id, Name: Event, Clock: media.SampleRate, Params: events}
}
