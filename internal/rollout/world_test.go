package rollout

import (
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// world is a small cluster that obeys steps: agents read the configuration when they start, evicted pods move to nodes
// that take them, Auto Scaling groups replace what they lose. Everything happens at a whole second of its own clock.
type world struct {
	now      time.Time
	target   string
	since    time.Time
	policy   Policy
	operator string
	evidence string
	stopped  string
	// restores: agents that start give the pods they find their rules (the restore fix).
	restores bool
	// upgrading says that somebody changes Cilium.
	upgrading string
	// pending says that agents which restart would be updated, too.
	pending string
	// retry is set until a reconciliation that saw it was not cut off.
	retry bool
	// unreachable: no reconciliation sees anything (N7).
	unreachable bool
	nodes       []*machine
	groups      map[string]*group
	pools       map[string]*pool
	// written holds the configurations by revision, oldest first; the newest that selects a host wins.
	written      []RevisionSelection
	replacements []Replacement
	serial       int
	// crashes names the revisions on which an agent crashes.
	crashes map[string]bool
	// booting is the freshness of a node whose agent is not Ready.
	booting Freshness
	// terminated counts the instances that were given up.
	terminated int
}

type machine struct {
	name, zone, group, instance string
	pool, mark                  string
	way                         Way
	uid                         types.UID
	created, readySince         time.Time
	dead, leaving               bool
	goneAt                      time.Time
	cordonedBy                  string
	record                      *Record
	agent                       *agentPod
	agentAt                     time.Time
	agentBroken                 bool
	// foundOlder: it was found to have started before the value was there, and no selection was written since.
	foundOlder               bool
	pods                     []*pod
	undrainable, exposed     *Finding
	unrenewable, held        *Finding
	undisruptable, localData *Finding
	// attached is for how long volumes stay attached after the pods left; empty is when they did.
	attached  time.Duration
	empty     time.Time
	forced    bool
	from      Template
	karpenter karpenterNode
}

type agentPod struct {
	uid     types.UID
	value   string
	readyAt time.Time
	crashes bool
}

type pod struct {
	born      string
	daemonSet bool
	refused   bool
	goneAt    time.Time
}

type group struct {
	desired  int
	broken   bool
	zone     string
	launches []time.Time
	// version of its launch template; empty: not known, as to somebody without the right to look.
	version string
}

func (g *group) from() Template {
	if g.version == "" {
		return Template{}
	}
	return Template{ID: "lt-1", Name: "nodes", Version: g.version}
}

const (
	agentStart  = 5 * time.Second
	agentRemake = 2 * time.Second
	nodeBoot    = 40 * time.Second
	podGrace    = 5 * time.Second
	nodeLinger  = 15 * time.Second
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func newWorld() *world {
	return &world{
		now: epoch, target: "r1", since: epoch, booting: FreshnessStale,
		groups: map[string]*group{}, pools: map[string]*pool{}, crashes: map[string]bool{},
		policy: Policy{
			MaxUnavailable: 1, DrainTimeout: 15 * time.Minute, MinReady: 30 * time.Second,
			ProgressDeadline: 30 * time.Minute, Settle: time.Minute,
		},
	}
}

func (w *world) id(prefix string) string {
	w.serial++
	return fmt.Sprintf("%s%d", prefix, w.serial)
}

// add brings a node that has been up for an hour, with movable pods and one DaemonSet pod.
func (w *world) add(name, zone string, way Way, pods int) *machine {
	m := &machine{name: name, zone: zone, way: way, uid: types.UID("uid-" + name), instance: "i-" + name, created: w.now.Add(-time.Hour), readySince: w.now.Add(-time.Hour)}
	if way == WayNodePool {
		m.pool = "pool-" + zone
		if w.pools[m.pool] == nil {
			w.pools[m.pool] = &pool{budget: 1}
		}
	}
	if way == WayAutoScaling {
		m.group = "asg-" + zone
		if w.groups[m.group] == nil {
			w.groups[m.group] = &group{zone: zone}
		}
		w.groups[m.group].desired++
	}
	m.agent = &agentPod{uid: types.UID(w.id("agent-")), readyAt: m.created}
	m.pods = append(m.pods, &pod{daemonSet: true})
	for range pods {
		m.pods = append(m.pods, &pod{})
	}
	w.nodes = append(w.nodes, m)
	return m
}

func (w *world) node(name string) *machine {
	for _, m := range w.nodes {
		if m.name == name {
			return m
		}
	}
	return nil
}

// value is what an agent reads that starts on the host now.
func (w *world) value(host string) string {
	for _, s := range slices.Backward(w.written) {
		if s.Reaches(host) {
			return s.Revision
		}
	}
	return ""
}

func (m *machine) ready(now time.Time) bool  { return !m.dead && !now.Before(m.readySince) }
func (a *agentPod) ready(now time.Time) bool { return a != nil && !a.crashes && !now.Before(a.readyAt) }

func (m *machine) movable() int {
	return len(m.pods) - m.daemons()
}

// refusing is what a pod that has to leave asks for; with none there is nobody who asks.
func (m *machine) refusing() *Finding {
	if m.movable() == 0 {
		return nil
	}
	return m.undrainable
}

// stillAttached: a volume is detached some time after the last pod has gone.
func (m *machine) stillAttached(now time.Time) bool {
	return m.attached > 0 && (m.movable() > 0 || now.Before(m.empty.Add(m.attached)))
}

func (m *machine) daemons() int {
	count := 0
	for _, p := range m.pods {
		if p.daemonSet {
			count++
		}
	}
	return count
}

func (w *world) freshness(m *machine) Freshness {
	switch {
	case w.evidence != "":
		return FreshnessUnknown
	case !m.agent.ready(w.now):
		return w.booting
	case m.agent.value != w.target:
		return FreshnessStale
	case w.strangers(m, false) > 0 || w.strangers(m, true) > 0:
		return FreshnessSplit
	default:
		return FreshnessCurrent
	}
}

// strangers counts the pods that were made under another value than the agent's.
func (w *world) strangers(m *machine, daemonSet bool) int {
	count := 0
	for _, p := range m.pods {
		if m.agent != nil && p.born != m.agent.value && p.daemonSet == daemonSet {
			count++
		}
	}
	return count
}

func (w *world) observe() Input {
	in := Input{
		Now: w.now, Target: w.target, TargetSince: w.since, EvidenceLost: w.evidence, OperatorNode: w.operator,
		Stopped: w.stopped, Upgrading: w.upgrading, UpgradePending: w.pending, Retry: w.retry,
		Policy: w.policy, Groups: map[string]Group{}, NodePools: w.observePools(), Replacements: slices.Clone(w.replacements),
	}
	if len(w.written) > 0 {
		in.Selection = w.written[len(w.written)-1]
	}
	for name, g := range w.groups {
		in.Groups[name] = Group{Desired: g.desired}
		if from := g.from(); from != (Template{}) {
			in.Groups[name] = Group{Desired: g.desired, Launches: []Template{from}}
		}
	}
	for _, m := range w.nodes {
		in.Nodes = append(in.Nodes, w.observeNode(m))
	}
	return in
}

func (w *world) observeNode(m *machine) Node {
	n := Node{
		Name: m.name, UID: m.uid, Hostname: m.name, Zone: m.zone, Created: m.created,
		Ready: m.ready(w.now), ReadySince: m.readySince, Unschedulable: m.cordonedBy != "",
		Instance: Instance{ID: m.instance, Group: m.group, Leaving: m.leaving || m.karpenter.disrupted, From: m.from}, Way: m.way, NodePool: m.pool, Mark: m.mark,
		Freshness: w.freshness(m), Evictable: m.movable(), Undrainable: m.refusing(), Exposed: m.exposed,
		Unrenewable: m.unrenewable, Held: m.held, Undisruptable: m.undisruptable, Forced: m.forced, LocalData: m.localData,
	}
	if m.stillAttached(w.now) {
		n.Attached = []string{"pv-" + m.name}
	}
	if m.record != nil {
		record := *m.record
		n.Record = &record
	}
	if m.agent != nil {
		n.Agent = &Agent{UID: m.agent.uid, Ready: m.agent.ready(w.now), ReadySince: m.agent.readyAt, CrashLooping: m.agent.crashes && !w.now.Before(m.agent.readyAt)}
		if n.Agent.Ready {
			n.Stranded = w.strangers(m, true)
		}
	}
	return n
}

// apply does what a step says, as the drivers would, or says why it would have been refused.
func (w *world) apply(s Step) {
	m := w.node(s.Node)
	switch s.Kind {
	case StepCordon:
		m.cordonedBy, m.record = "us", s.Record
	case StepUncordon:
		m.cordonedBy, m.record = "", s.Record
	case StepMarkProcessed, StepMarkRestart, StepMarkFailed, StepMarkSuccessor, StepBegin, StepFinish, StepForget:
		m.record = s.Record
	case StepEvictPods:
		w.evict(m, func(p *pod) bool { return !p.daemonSet })
	case StepEvictStranded:
		w.evict(m, func(p *pod) bool { return p.born != m.agent.value })
	case StepRestartAgent:
		if m.agent != nil && m.agent.uid == s.AgentUID {
			m.agent, m.agentAt = nil, w.now.Add(agentRemake)
		}
	case StepWriteCanaryConfig, StepReleaseForAll, StepUpdateHoldBack, StepRevertCanary:
		w.write(*s.Selection)
	case StepRecordReplacement:
		w.replacements = append(w.replacements, *s.Replacement)
	case StepClearReplacement:
		w.replacements = slices.DeleteFunc(w.replacements, func(r Replacement) bool { return r.InstanceID == s.Replacement.InstanceID })
	case StepTerminateInstance:
		w.terminate(m)
	case StepMarkNodePool:
		w.pools[s.NodePool].set(s.Mark, w.now)
	}
}

func (w *world) evict(m *machine, which func(*pod) bool) {
	for _, p := range m.pods {
		if which(p) && !p.refused && p.goneAt.IsZero() {
			p.goneAt = w.now.Add(podGrace)
		}
	}
}

func (w *world) write(s RevisionSelection) {
	w.written = slices.DeleteFunc(w.written, func(old RevisionSelection) bool { return old.Revision == s.Revision })
	if s.Mode == cilium.SelectAllBut && len(s.Hostnames) == 0 {
		w.written = nil
	}
	if s.Mode != cilium.SelectNone {
		w.written = append(w.written, s)
	}
}

func (w *world) terminate(m *machine) {
	if m == nil || m.leaving {
		return
	}
	m.leaving, m.goneAt = true, w.now.Add(nodeLinger)
	w.terminated++
	g := w.groups[m.group]
	g.launches = append(g.launches, w.now.Add(nodeBoot))
}

// mayStart says what forbids to start on a node; empty when nothing does.
func (w *world) mayStart() string {
	if w.policy.Window != nil {
		if open, _ := w.policy.Window.Open(w.now); !open {
			return "the window is closed"
		}
	}
	switch {
	case w.upgrading != "":
		return "Cilium is being changed"
	case w.pending != "":
		return "it would update Cilium"
	case w.policy.Paused:
		return "the rollout is paused"
	case w.policy.OnDelete:
		return "nodes are not to be touched (OnDelete)"
	case w.target == "":
		return "no value is wanted"
	case w.evidence != "":
		return "evidence is lost"
	}
	return w.mayWrite()
}

// mayWrite says what forbids to give the value to nodes that have not got it; empty when nothing does.
func (w *world) mayWrite() string {
	switch {
	case w.stopped != "":
		return "all rollouts are stopped"
	case w.policy.Manual && w.policy.Approved != w.target:
		return "the revision is not approved"
	default:
		return ""
	}
}

// change is another version of Cilium, whose agents do or do not restore rules; the nodes that are not replaced are then
// renewed by the mechanism that Auto picks.
func (w *world) change(restores bool) {
	w.restores = restores
	for _, m := range w.nodes {
		switch {
		case restores && m.way == WayRecycle:
			m.way = WayRestart
		case !restores && m.way == WayRestart:
			m.way = WayRecycle
		}
	}
}

// repair removes what kept agents from starting on the machine, other than the value that they read; the kubelet starts one
// that is there again.
func (w *world) repair(m *machine) {
	m.agentBroken = false
	if m.agent != nil && m.agent.crashes && !w.crashes[m.agent.value] {
		m.agent.crashes, m.agent.readyAt = false, w.now
	}
}

// tick lets time pass.
func (w *world) tick(d time.Duration) {
	for range int(d / time.Second) {
		w.now = w.now.Add(time.Second)
		w.second()
	}
}

func (w *world) second() {
	w.nodes = slices.DeleteFunc(w.nodes, func(m *machine) bool { return !m.goneAt.IsZero() && !w.now.Before(m.goneAt) })
	for _, m := range slices.Clone(w.nodes) {
		w.remakeAgent(m)
		w.movePods(m)
	}
	for _, name := range sortedKeys(w.groups) {
		w.launch(name, w.groups[name])
	}
	for _, name := range sortedKeys(w.pools) {
		w.karpenter(name, w.pools[name])
	}
}

func (w *world) remakeAgent(m *machine) {
	if m.agent != nil || m.dead || w.now.Before(m.agentAt) {
		return
	}
	value := w.value(m.name)
	m.agent = &agentPod{uid: types.UID(w.id("agent-")), value: value, readyAt: w.now.Add(agentStart), crashes: w.crashes[value] || m.agentBroken}
	if w.restores && !m.agent.crashes {
		for _, p := range m.pods {
			p.born = value
		}
	}
}

func (w *world) movePods(m *machine) {
	if m.dead {
		return
	}
	m.pods = slices.DeleteFunc(m.pods, func(p *pod) bool {
		if p.goneAt.IsZero() || w.now.Before(p.goneAt) {
			return false
		}
		if p.daemonSet && m.agent.ready(w.now) {
			p.born, p.goneAt = m.agent.value, time.Time{}
			return false
		}
		return !p.daemonSet && w.place()
	})
	if m.movable() > 0 {
		m.empty = w.now
	}
}

// place makes a pod again on the emptiest node that takes it.
func (w *world) place() bool {
	var best *machine
	for _, m := range w.nodes {
		if m.ready(w.now) && m.cordonedBy == "" && !m.leaving && m.agent.ready(w.now) && (best == nil || len(m.pods) < len(best.pods)) {
			best = m
		}
	}
	if best == nil {
		return true // stays pending, off this node
	}
	best.pods = append(best.pods, &pod{born: best.agent.value})
	return true
}

func (w *world) launch(name string, g *group) {
	for len(g.launches) > 0 && !g.broken && !w.now.Before(g.launches[0]) {
		g.launches = g.launches[1:]
		w.join(name, g.zone)
	}
}

// join brings a new node, whose agent starts at once.
func (w *world) join(groupName, zone string) *machine {
	name := w.id("new-")
	m := &machine{
		name: name, zone: zone, group: groupName, instance: "i-" + name, way: WayAutoScaling, uid: types.UID("uid-" + name),
		created: w.now, readySince: w.now.Add(agentStart), agentAt: w.now,
	}
	switch {
	case groupName == "" && w.restores:
		m.way = WayRestart
	case groupName == "":
		m.way = WayRecycle
	}
	if g := w.groups[groupName]; g != nil {
		m.from = g.from()
	}
	w.nodes = append(w.nodes, m)
	w.remakeAgent(m)
	m.pods = []*pod{{born: m.agent.value, daemonSet: true}}
	return m
}

// lacking is the capacity that is absent, not Ready or cordoned.
func (w *world) lacking() int {
	lacking, healthy := 0, map[string]int{}
	for _, m := range w.nodes {
		good := m.ready(w.now) && m.cordonedBy == "" && !m.leaving
		switch {
		case m.group != "" && good:
			healthy[m.group]++
		case m.group == "" && !good:
			lacking++
		}
	}
	for name, g := range w.groups {
		lacking += max(0, g.desired-healthy[name])
	}
	return lacking
}

// agentsRestarting counts the nodes whose agent alone is being restarted.
func (w *world) agentsRestarting() int {
	count := 0
	for _, m := range w.nodes {
		if m.record != nil && m.record.AgentOnly && m.ready(w.now) && m.cordonedBy == "" {
			count++
		}
	}
	return count
}

func sortedKeys[V any](m map[string]V) []string {
	keys := []string{}
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
