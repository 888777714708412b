// Command argocd is all programs of Argo CD in one, as upstream's is, with the web pages that its Go module lacks. npm start
// builds the pages, and adds them to this folder by an overlay of go build.
package main

import (
	"embed"
	"errors"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"
	"k8s.io/klog/v2"

	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	applicationset "github.com/argoproj/argo-cd/v3/cmd/argocd-applicationset-controller/commands"
	cmpserver "github.com/argoproj/argo-cd/v3/cmd/argocd-cmp-server/commands"
	commitserver "github.com/argoproj/argo-cd/v3/cmd/argocd-commit-server/commands"
	dex "github.com/argoproj/argo-cd/v3/cmd/argocd-dex/commands"
	gitaskpass "github.com/argoproj/argo-cd/v3/cmd/argocd-git-ask-pass/commands"
	k8sauth "github.com/argoproj/argo-cd/v3/cmd/argocd-k8s-auth/commands"
	notification "github.com/argoproj/argo-cd/v3/cmd/argocd-notification/commands"
	reposerver "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
	server "github.com/argoproj/argo-cd/v3/cmd/argocd-server/commands"
	cli "github.com/argoproj/argo-cd/v3/cmd/argocd/commands"
	"github.com/argoproj/argo-cd/v3/common"
	"github.com/argoproj/argo-cd/v3/ui"
	"github.com/argoproj/argo-cd/v3/util/grpc"
	"github.com/argoproj/argo-cd/v3/util/log"
)

//go:embed all:dist/app
var pages embed.FS

var servers = map[string]func() *cobra.Command{
	common.CommandApplicationController:    controller.NewCommand,
	common.CommandApplicationSetController: applicationset.NewCommand,
	common.CommandCommitServer:             commitserver.NewCommand,
	common.CommandDex:                      dex.NewCommand,
	common.CommandNotifications:            notification.NewCommand,
	common.CommandRepoServer:               reposerver.NewCommand,
	common.CommandServer:                   server.NewCommand,
}

// These print their errors themselves.
var tools = map[string]func() *cobra.Command{
	common.CommandCMPServer:  cmpserver.NewCommand,
	common.CommandGitAskPass: gitaskpass.NewCommand,
	common.CommandK8sAuth:    k8sauth.NewCommand,
}

func main() {
	ui.Embedded = pages
	klog.SetLogger(log.NewLogrusLogger(log.NewWithCurrentConfig()))
	grpc.DisableSRVLookups()
	command, isTool := commandOf(name())
	if isTool {
		command.SilenceErrors, command.SilenceUsage = true, true
	}
	if err := command.Execute(); err != nil {
		handle(err, isTool)
	}
}

func name() string {
	if name := os.Getenv("ARGOCD_BINARY_NAME"); name != "" {
		return name
	}
	return filepath.Base(os.Args[0])
}

func commandOf(name string) (command *cobra.Command, isTool bool) {
	if newCommand, ok := servers[name]; ok {
		return newCommand(), false
	}
	if newCommand, ok := tools[name]; ok {
		return newCommand(), true
	}
	return cli.NewCommand(), true
}

// handle runs the plugin that an unknown command may name, and ends with its status.
func handle(err error, isTool bool) {
	text, pluginErr := cli.NewDefaultPluginHandler().HandleCommandExecutionError(err, isTool, os.Args)
	if pluginErr == nil {
		return
	}
	os.Stdout.WriteString(text)
	var exit *exec.ExitError
	if errors.As(pluginErr, &exit) {
		os.Exit(exit.ExitCode())
	}
	os.Exit(1)
}
