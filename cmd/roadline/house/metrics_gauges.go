package house

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"roadline/fmc"
)

// gauges are the figures that are read when somebody asks.
type gauges struct{ *meters }

// gauge is one of them: read tells each value with its labels.
type gauge struct {
	name, help string
	labels     []string
	count      bool // it only grows
	read       func(m *meters, tell func(v float64, labels ...string))
}

// gaugeTable has all of them, by what they are about.
var gaugeTable = []gauge{
	{name: "roadline_calls_active", help: "Calls that go on.", labels: []string{"direction"}, read: (*meters).active},
	{name: "roadline_missed_open", help: "Clients that somebody should call back.", read: func(m *meters, tell func(float64, ...string)) {
		if p := m.pulse.Load(); p != nil {
			tell(float64(p.Missed))
		}
	}},
	{name: "roadline_alarms_open", help: "Conditions that somebody should see to.", read: func(m *meters, tell func(float64, ...string)) {
		if p := m.pulse.Load(); p != nil {
			tell(float64(p.Alarms))
		}
	}},
	{name: "roadline_sip_messages_total", help: "SIP messages from outside, by what the guard did with them.", labels: []string{"outcome"}, count: true, read: (*meters).sip},
	{name: "roadline_sip_registrations", help: "Phones that are registered.", read: func(m *meters, tell func(float64, ...string)) {
		tell(float64(len(m.house.agent.Snapshot().Bindings)))
	}},
	{name: "roadline_sip_bans", help: "Addresses that are not listened to.", read: func(m *meters, tell func(float64, ...string)) {
		tell(float64(len(m.house.agent.Snapshot().Bans)))
	}},
	{name: "roadline_trunk_up", help: "Whether something of a trunk answers.", labels: []string{"trunk"}, read: (*meters).trunksUp},
	{name: "roadline_trunk_channels", help: "Calls on a trunk, and calls that it may still take where that is limited.", labels: []string{"trunk", "state"}, read: (*meters).trunkChannels},
	{name: "roadline_modem_state", help: "1 for the state that a modem is in.", labels: []string{"modem", "state"}, read: func(m *meters, tell func(float64, ...string)) {
		for _, v := range m.house.gsm.Views() {
			tell(1, v.Port, string(v.State))
		}
	}},
	{name: "roadline_modem_signal_dbm", help: "How strong a modem hears its network.", labels: []string{"modem"}, read: func(m *meters, tell func(float64, ...string)) {
		for _, v := range m.house.gsm.Views() {
			if v.Radio.SignalDBm != 0 {
				tell(float64(v.Radio.SignalDBm), v.Port)
			}
		}
	}},
	{name: "roadline_smpp_throttled_total", help: "Messages of programs that were refused as they came faster than agreed.", labels: []string{"company", "program"}, count: true, read: func(m *meters, tell func(float64, ...string)) {
		for who, n := range m.house.programs.Throttled() {
			tell(float64(n), string(who.Company), string(who.Program))
		}
	}},
	{name: "roadline_sim_balance", help: "What a card last said it had.", labels: []string{"sim"}, read: (*meters).balances},
	{name: "roadline_sim_minutes_left", help: "Minutes that a card's package has left this month.", labels: []string{"sim"}, read: (*meters).minutes},
	{name: "roadline_rtp_ports", help: "Pairs of media ports, by state.", labels: []string{"state"}, read: func(m *meters, tell func(float64, ...string)) {
		u := m.house.ports.Usage()
		tell(float64(u.Leased), "leased")
		tell(float64(u.Resting), "resting")
		tell(float64(u.Free), "free")
	}},
	{name: "roadline_storage_bytes", help: "Bytes of recordings on disk, by class.", labels: []string{"company", "class"}, read: (*meters).stored},
	{name: "roadline_storage_quota_bytes", help: "Room that a company's recordings may take.", labels: []string{"company"}, read: (*meters).quotas},
	{name: "roadline_disk_free_bytes", help: "Free on the disk of a folder.", labels: []string{"folder"}, read: (*meters).disks},
	{name: "roadline_outbox_oldest_seconds", help: "How long the oldest of what is to be told is overdue.", labels: []string{"target"}, read: func(m *meters, tell func(float64, ...string)) {
		if p := m.pulse.Load(); p != nil {
			tell(max(0, p.Jobs.Seconds()), "jobs")
			tell(max(0, p.Webhooks.Seconds()), "webhooks")
		}
	}},
	{name: "roadline_journal_healthy", help: "Whether facts are written to disk.", read: func(m *meters, tell func(float64, ...string)) {
		tell(truth(m.house.journal.Healthy()))
	}},
	{name: "roadline_journal_dropped_total", help: "Facts that were lost because disk and memory were full.", count: true, read: func(m *meters, tell func(float64, ...string)) {
		tell(float64(m.house.journal.State().Dropped))
	}},
	{name: "roadline_journal_behind", help: "Facts that the database does not have yet.", read: func(m *meters, tell func(float64, ...string)) {
		last, drained := m.house.journal.State().Last, m.house.drain.State().Drained
		tell(float64(last - min(last, drained)))
	}},
	{name: "roadline_quarantined_total", help: "Facts and records that the database refused.", count: true, read: func(m *meters, tell func(float64, ...string)) {
		tell(float64(m.house.drain.State().Quarantined))
	}},
	{name: "roadline_quarantine_open", help: "Facts and records that the database refused, and nobody brought in or dismissed.", read: func(m *meters, tell func(float64, ...string)) {
		if p := m.pulse.Load(); p != nil {
			tell(float64(p.Aside))
		}
	}},
	{name: "roadline_database_up", help: "Whether the database answers.", read: func(m *meters, tell func(float64, ...string)) {
		tell(truth(m.pulse.Load() != nil))
	}},
	{name: "roadline_database_bytes", help: "Bytes of the database.", read: func(m *meters, tell func(float64, ...string)) {
		if p := m.pulse.Load(); p != nil {
			tell(float64(p.Bytes))
		}
	}},
	{name: "roadline_start_time_seconds", help: "When this process started, since the epoch.", read: func(m *meters, tell func(float64, ...string)) {
		tell(float64(m.house.zero.UnixNano()) / float64(time.Second))
	}},
}

func (g gauge) desc() *prometheus.Desc { return prometheus.NewDesc(g.name, g.help, g.labels, nil) }

// Describe names all gauges.
func (g gauges) Describe(ch chan<- *prometheus.Desc) {
	for _, x := range gaugeTable {
		ch <- x.desc()
	}
}

// Collect reads all gauges.
func (g gauges) Collect(ch chan<- prometheus.Metric) {
	for _, x := range gaugeTable {
		kind := prometheus.GaugeValue
		if x.count {
			kind = prometheus.CounterValue
		}
		x.read(g.meters, func(v float64, labels ...string) { ch <- prometheus.MustNewConstMetric(x.desc(), kind, v, labels...) })
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (m *meters) active(tell func(float64, ...string)) {
	n := map[fmc.Direction]int{fmc.Inbound: 0, fmc.Outbound: 0, fmc.Internal: 0}
	for _, c := range m.house.calls.Calls() {
		n[c.Request.Direction]++
	}
	for direction, count := range n {
		tell(float64(count), direction.String())
	}
}

func (m *meters) sip(tell func(float64, ...string)) {
	c := m.house.agent.Snapshot().Counts
	for outcome, n := range map[string]uint64{"served": c.Served, "refused": c.Refused, "junk": c.Junk, "limited": c.Limited, "banned": c.Banned} {
		tell(float64(n), outcome)
	}
}

func (m *meters) trunksUp(tell func(float64, ...string)) {
	for _, v := range m.house.trunks.Views() {
		tell(truth(!v.Dead()), string(v.Trunk))
	}
}

func (m *meters) trunkChannels(tell func(float64, ...string)) {
	for _, v := range m.house.trunks.Views() {
		tell(float64(v.InUse), string(v.Trunk), "busy")
		if v.Most > 0 {
			tell(float64(v.Most-v.InUse), string(v.Trunk), "free")
		}
	}
}

func (m *meters) balances(tell func(float64, ...string)) {
	p := m.pulse.Load()
	if p == nil {
		return
	}
	for _, b := range p.Balances {
		if v, ok := amount(b.Amount); ok {
			tell(v, string(b.SIM))
		}
	}
}

func (m *meters) minutes(tell func(float64, ...string)) {
	for _, c := range m.house.directory.Companies() {
		for _, v := range m.house.gsm.Lines(c) {
			s, ok := c.SIM(v.SIM.ICCID)
			if ok && s.Package.Minutes > 0 {
				tell(max(0, float64(s.Package.Minutes)-v.SIM.Used.MonthTalk.Minutes()), string(s.ICCID))
			}
		}
	}
}

func (m *meters) stored(tell func(float64, ...string)) {
	for id, u := range m.house.retention.Usages() {
		for _, class := range u.Classes {
			tell(float64(class.Bytes), string(id), class.Name)
		}
	}
}

func (m *meters) quotas(tell func(float64, ...string)) {
	for id, u := range m.house.retention.Usages() {
		if u.Quota > 0 {
			tell(float64(u.Quota), string(id))
		}
	}
}

func (m *meters) disks(tell func(float64, ...string)) {
	for name, folder := range m.house.folders() {
		if d, err := diskOf(folder); err == nil {
			tell(float64(d.free), name)
		}
	}
}

var _ prometheus.Collector = gauges{}
