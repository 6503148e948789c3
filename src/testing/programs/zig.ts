import type { LittlePrograms } from '../little-programs.ts'

export const zig: LittlePrograms = {
  hello: {
    source: `const std = @import("std");

pub fn main(init: std.process.Init) !void {
    try std.Io.File.stdout().writeStreamingAll(init.io, "hello\\n");
}
`,
  },
  echo: {
    source: `const std = @import("std");

pub fn main(init: std.process.Init) !void {
    var bytes: [4096]u8 = undefined;
    while (true) {
        const count = std.Io.File.stdin().readStreaming(init.io, &.{&bytes}) catch |problem| switch (problem) {
            error.EndOfStream => return,
            else => return problem,
        };
        try std.Io.File.stdout().writeStreamingAll(init.io, bytes[0..count]);
    }
}
`,
  },
  args: {
    source: `const std = @import("std");

pub fn main(init: std.process.Init) !void {
    for ((try init.minimal.args.toSlice(init.arena.allocator()))[1..]) |argument| {
        try std.Io.File.stdout().writeStreamingAll(init.io, argument);
        try std.Io.File.stdout().writeStreamingAll(init.io, "\\n");
    }
}
`,
  },
  exit3: {
    source: `const std = @import("std");

pub fn main(init: std.process.Init) !void {
    try std.Io.File.stdout().writeStreamingAll(init.io, "leaving\\n");
    std.process.exit(3);
}
`,
  },
  twoFiles: {
    source: {
      'main.zig': `const std = @import("std");

const helper = @import("helper.zig");

pub fn main(init: std.process.Init) !void {
    var line: [8]u8 = undefined;
    try std.Io.File.stdout().writeStreamingAll(init.io, try std.fmt.bufPrint(&line, "{d}\\n", .{helper.answer()}));
}
`,
      'helper.zig': `pub fn answer() u8 {
    return 42;
}
`,
    },
  },
  broken: {
    source: `pub fn main() void {
    const word: u8 = "hello";
    _ = word;
}
`,
    phase: 'compile',
  },
  unicode: {
    source: `const std = @import("std");

pub fn main(init: std.process.Init) !void {
    try std.Io.File.stdout().writeStreamingAll(init.io, "héllo wörld ✓ 世界 😀\\n");
}
`,
  },
}
