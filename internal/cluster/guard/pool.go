package guard

import "sync"

// Pool bounds what all clusters together take of the manager's memory: each may be within its
// own limits, and all of them too much. Then the one that takes most has to let go. It is
// safe for concurrent use.
type Pool struct {
	most int64

	mu    sync.Mutex
	taken int64
	by    map[*Account]int64
}

// NewPool makes a pool of so many bytes.
func NewPool(most int64) *Pool { return &Pool{most: most, by: map[*Account]int64{}} }

// take notes what an account takes or gives back, and names the one that has to let go.
func (p *Pool) take(account *Account, bytes int64) (greediest *Account) {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken += bytes
	if p.by[account] += bytes; p.by[account] == 0 {
		delete(p.by, account)
	}
	if bytes <= 0 || p.taken <= p.most {
		return nil
	}
	for other, taken := range p.by {
		if greediest == nil || taken > p.by[greediest] {
			greediest = other
		}
	}
	return greediest
}
