package argocd

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Repository is a Git repository in a folder of this machine.
type Repository struct{ dir string }

// NewRepository makes an empty one.
func NewRepository(ctx context.Context, dir string) (*Repository, error) {
	r := &Repository{dir: dir}
	return r, r.git(ctx, "init", "--quiet", "--initial-branch=main")
}

// URL is its address for Argo CD.
func (r *Repository) URL() string { return "file://" + r.dir }

// CopyFolder puts a folder's files into the repository, for the next commit.
func (r *Repository) CopyFolder(source, path string) error {
	return os.CopyFS(filepath.Join(r.dir, path), os.DirFS(source))
}

// Write puts a file into the repository, for the next commit. Empty content takes it out.
func (r *Repository) Write(path, content string) error {
	path = filepath.Join(r.dir, path)
	if content == "" {
		return os.Remove(path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(content), 0o600)
}

// Commit commits everything.
func (r *Repository) Commit(ctx context.Context, message string) error {
	if err := r.git(ctx, "add", "--all"); err != nil {
		return err
	}
	return r.git(ctx, "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "--quiet", "--message="+message)
}

func (r *Repository) git(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = r.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w\n%s", args[0], err, out)
	}
	return nil
}
