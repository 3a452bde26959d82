package peeredcluster

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossvpc/crossvpc/internal/rollout/driver"
	"github.com/crossvpc/crossvpc/internal/rollout/executor"
)

// memory is what is remembered of one PeeredCluster from one reconciliation to the
// next. It saves calls and makes messages better, but nothing depends on it: all of it may be lost.
type memory struct {
	uid types.UID
	// fleet is the instances behind the nodes.
	fleet driver.Fleet
	// stopped is those that are stopped, where nothing else is asked of Auto Scaling.
	stopped   driver.Fleet
	templates templates
	// subnets are the VPCs of the groups' subnets.
	subnets subnetVPCs
	network network
	// placements are the instances in no group.
	placements placements
	// servicesAt is when the Service ranges were read, and servicesUnseen what of them may not be, a sentence.
	servicesAt     time.Time
	servicesUnseen string
	// seen is when what agents are told was last seen as status has it.
	seen time.Time
	// withoutGroups is the generation at which no CiliumCIDRGroup of ours was left in
	// the cluster, so that one who wants none costs no list.
	withoutGroups int64
	executor      executor.Memory
	// failing: the last steps of the rollout could not be carried out. Who fails does not keep the turn.
	failing bool
	// deletionSeen is when the object's deletion was first seen, by our own clock: the API
	// server's may be behind it.
	deletionSeen time.Time
}

// memories holds one memory for each PeeredCluster, by name: reconciliations of one
// object never overlap, so only the map needs the lock.
type memories struct {
	mutex  sync.Mutex
	byName map[string]*memory
}

// of gives the object's memory. An object of the same name with another UID is
// another object, of which nothing is known.
func (m *memories) of(name string, uid types.UID) *memory {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.byName == nil {
		m.byName = map[string]*memory{}
	}
	if known := m.byName[name]; known != nil && known.uid == uid {
		return known
	}
	m.byName[name] = &memory{uid: uid}
	return m.byName[name]
}

// forget drops all that is remembered of an object that is gone.
func (m *memories) forget(name string) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	delete(m.byName, name)
}
