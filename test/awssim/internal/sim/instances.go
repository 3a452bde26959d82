package sim

import "time"

// InstanceEvent tells that an instance reached a state.
type InstanceEvent struct {
	// Sequence counts from 1 in the order of the events.
	Sequence int64     `json:"sequence"`
	At       time.Time `json:"at"`
	Place
	// State is "pending", "running", "stopping", "stopped", "shutting-down" or "terminated".
	State        string            `json:"state"`
	ID           string            `json:"id"`
	InstanceType string            `json:"instanceType"`
	ImageID      string            `json:"imageID"`
	VpcID        string            `json:"vpcID"`
	SubnetID     string            `json:"subnetID"`
	Zone         string            `json:"zone"`
	PrivateIP    string            `json:"privateIP"`
	PrivateDNS   string            `json:"privateDNS"`
	UserData     string            `json:"userData,omitempty"`
	Tags         map[string]string `json:"tags,omitempty"`
}

// InstanceLog is the record of what happened to instances. The World's lock guards it.
type InstanceLog struct {
	events    []InstanceEvent
	sequence  int64
	followers []func(InstanceEvent)
}

// Tell numbers an event, records it and calls the followers.
func (l *InstanceLog) Tell(event InstanceEvent) {
	l.sequence++
	event.Sequence = l.sequence
	l.events = append(l.events, event)
	for _, follow := range l.followers {
		follow(event)
	}
}

// Follow has the function called with each event, at once and under the World's lock.
func (l *InstanceLog) Follow(follow func(InstanceEvent)) { l.followers = append(l.followers, follow) }

// Since lists the events after a sequence number, oldest first.
func (l *InstanceLog) Since(sequence int64) []InstanceEvent {
	events := []InstanceEvent{}
	for _, event := range l.events {
		if event.Sequence > sequence {
			events = append(events, event)
		}
	}
	return events
}

// Clear forgets the events; numbering goes on and followers stay.
func (l *InstanceLog) Clear() { l.events = nil }
