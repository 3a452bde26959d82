package chaos

// What can happen to every process, and to the cache that it reads from; a suite has other events of its own.
const (
	Reconciles   = "reconcile"
	Waits        = "wait"
	IsKilled     = "kill"
	IsOvertaken  = "another manager overtakes it"
	IsRefused    = "an API server refuses a write"
	Fails        = "fault"
	Loses        = "lose the answer"
	FailsTwice   = "fault and kill"
	Other        = "another manager"
	Edits        = "edit"
	Pauses       = "pause"
	Plans        = "plan"
	GoesOn       = "go on"
	Recreates    = "delete and recreate"
	RecreatesNow = "delete in trouble and recreate"
	Drifts       = "drift"
	IsDelayed    = "cache delayed"
	IsDropped    = "cache dropped"
	IsMerged     = "cache merged"
)

// Harm is how a process of a suite comes to harm in a reconciliation.
type Harm struct {
	Wire *Wire
	// Strike reconciles once with a process that ends by it, and goes on with another one.
	Strike func(Strike)
	// Inject has AWS fail as an event says.
	Inject func(Event)
	// Reconcile reconciles once. Once also lets about as much time pass as was asked for.
	Reconcile func()
	Once      func(Event)
	// Late has the cache be late in some way, by so many looks.
	Late func(how Lateness, looks int)
}

// Befalls has an event happen; false: it is none that does harm.
func (h Harm) Befalls(e Event) bool {
	switch e.What {
	case IsKilled:
		h.Strike(Strike{At: e.N, Blow: Kill, After: e.After})
	case IsOvertaken:
		h.Strike(Strike{At: e.N, Blow: Overtaken})
		h.Reconcile()
		h.Wire.Deliver()
		h.Once(e)
	case IsRefused:
		h.Wire.Arm(e.Refusal())
		h.Once(e)
	case Fails, Loses:
		h.Inject(e)
		h.Once(e)
	case FailsTwice:
		h.Inject(e)
		h.Strike(Strike{At: 1 + e.N%12, Blow: Kill, After: e.After})
	case IsDelayed:
		h.Late(Delayed, 1+e.N%4)
	case IsDropped:
		h.Late(Dropped, 1+e.N%4)
	case IsMerged:
		h.Late(Merged, 1+e.N%4)
	default:
		return false
	}
	return true
}
