"""Functions that are known by name and not answered: a call of one ends the program with a message that names it.

They belong to the browser or to JavaScript's objects. The names are those that real programs import.
"""

# ruff: noqa: SIM905 - as a list, it would take a line for every name

from __future__ import annotations

from compat.abi.row import Table

html5 = Table("env", "html5")
"""html5.h."""
html5.absent(
    *"""
    _emscripten_exit_fullscreen _emscripten_exit_pointerlock _emscripten_get_canvas_element_size
    _emscripten_get_device_pixel_ratio _emscripten_get_element_css_size _emscripten_get_fullscreen_status
    _emscripten_get_gamepad_status _emscripten_get_num_gamepads _emscripten_get_pointerlock_status
    _emscripten_hide_mouse _emscripten_html5_remove_all_event_listeners _emscripten_request_fullscreen
    _emscripten_request_fullscreen_strategy _emscripten_request_pointerlock _emscripten_sample_gamepad_data
    _emscripten_set_blur_callback _emscripten_set_blur_callback_on_thread _emscripten_set_canvas_element_size
    _emscripten_set_canvas_size _emscripten_set_click_callback _emscripten_set_click_callback_on_thread
    _emscripten_set_dblclick_callback_on_thread _emscripten_set_devicemotion_callback
    _emscripten_set_devicemotion_callback_on_thread _emscripten_set_deviceorientation_callback
    _emscripten_set_deviceorientation_callback_on_thread _emscripten_set_element_css_size
    _emscripten_set_focus_callback _emscripten_set_focus_callback_on_thread
    _emscripten_set_fullscreenchange_callback _emscripten_set_fullscreenchange_callback_on_thread
    _emscripten_set_gamepadconnected_callback _emscripten_set_gamepadconnected_callback_on_thread
    _emscripten_set_gamepaddisconnected_callback _emscripten_set_gamepaddisconnected_callback_on_thread
    _emscripten_set_keydown_callback _emscripten_set_keydown_callback_on_thread _emscripten_set_keypress_callback
    _emscripten_set_keypress_callback_on_thread _emscripten_set_keyup_callback
    _emscripten_set_keyup_callback_on_thread _emscripten_set_mousedown_callback
    _emscripten_set_mousedown_callback_on_thread _emscripten_set_mouseenter_callback_on_thread
    _emscripten_set_mouseleave_callback_on_thread _emscripten_set_mousemove_callback
    _emscripten_set_mousemove_callback_on_thread _emscripten_set_mouseup_callback
    _emscripten_set_mouseup_callback_on_thread _emscripten_set_pointerlockchange_callback_on_thread
    _emscripten_set_resize_callback_on_thread _emscripten_set_touchcancel_callback
    _emscripten_set_touchcancel_callback_on_thread _emscripten_set_touchend_callback
    _emscripten_set_touchend_callback_on_thread _emscripten_set_touchmove_callback
    _emscripten_set_touchmove_callback_on_thread _emscripten_set_touchstart_callback
    _emscripten_set_touchstart_callback_on_thread _emscripten_set_visibilitychange_callback_on_thread
    _emscripten_set_wheel_callback _emscripten_set_wheel_callback_on_thread
    """.split(),
    note="it takes a browser's events",
)

webgl = Table("env", "webgl")
"""OpenGL: contexts."""
webgl.absent(
    *"""
    _emscripten_is_webgl_context_lost _emscripten_webgl_create_context _emscripten_webgl_destroy_context
    _emscripten_webgl_enable_extension _emscripten_webgl_get_current_context
    _emscripten_webgl_init_context_attributes _emscripten_webgl_make_context_current
    """.split(),
    note="it draws on a browser's canvas",
)

egl = Table("env", "egl")
"""EGL."""
egl.absent(
    *"""
    _eglBindAPI _eglChooseConfig _eglCreateContext _eglCreateWindowSurface _eglDestroyContext _eglDestroySurface
    _eglGetConfigAttrib _eglGetCurrentDisplay _eglGetDisplay _eglGetError _eglGetProcAddress _eglInitialize
    _eglMakeCurrent _eglQueryString _eglSwapBuffers _eglSwapInterval _eglTerminate _eglWaitGL _eglWaitNative
    """.split(),
    note="it draws on a browser's canvas",
)

glfw = Table("env", "glfw")
"""GLFW."""
glfw.absent(
    *"""
    _glfwCreateWindow _glfwDefaultWindowHints _glfwDestroyWindow _glfwGetCursorPos _glfwGetKey
    _glfwGetPrimaryMonitor _glfwGetTime _glfwGetVideoModes _glfwInit _glfwMakeContextCurrent _glfwSetCharCallback
    _glfwSetCursorEnterCallback _glfwSetCursorPosCallback _glfwSetDropCallback _glfwSetErrorCallback
    _glfwSetKeyCallback _glfwSetMouseButtonCallback _glfwSetScrollCallback _glfwSetWindowIconifyCallback
    _glfwSetWindowShouldClose _glfwSetWindowSizeCallback _glfwSwapBuffers _glfwSwapInterval _glfwTerminate
    _glfwWindowHint
    """.split(),
    note="it draws on a browser's canvas, and takes the browser's events",
)

sdl = Table("env", "sdl")
"""SDL 1.2 and its libraries."""
sdl.absent(
    *"""
    _IMG_Load _IMG_Load_RW _Mix_AllocateChannels _Mix_ChannelFinished _Mix_CloseAudio _Mix_FadeInChannelTimed
    _Mix_FadeOutChannel _Mix_FadeOutMusic _Mix_FadingChannel _Mix_FreeChunk _Mix_FreeMusic _Mix_HaltChannel
    _Mix_HaltMusic _Mix_Linked_Version _Mix_LoadMUS _Mix_LoadMUS_RW _Mix_LoadWAV _Mix_LoadWAV_RW _Mix_OpenAudio
    _Mix_PauseMusic _Mix_PausedMusic _Mix_PlayChannelTimed _Mix_PlayMusic _Mix_PlayingMusic _Mix_QuerySpec
    _Mix_ResumeMusic _Mix_SetPanning _Mix_SetPostMix _Mix_Volume _Mix_VolumeMusic _SDL_AddTimer _SDL_AllocRW
    _SDL_CloseAudio _SDL_CondBroadcast _SDL_CondSignal _SDL_CondWait _SDL_CondWaitTimeout _SDL_CreateCond
    _SDL_CreateMutex _SDL_CreateRGBSurface _SDL_CreateRGBSurfaceFrom _SDL_CreateThread _SDL_Delay _SDL_DestroyCond
    _SDL_DestroyMutex _SDL_EnableKeyRepeat _SDL_EnableUNICODE _SDL_FillRect _SDL_Flip _SDL_FreeRW _SDL_FreeSurface
    _SDL_GL_GetAttribute _SDL_GL_GetProcAddress _SDL_GL_SetAttribute _SDL_GL_SwapBuffers _SDL_GetError
    _SDL_GetKeyName _SDL_GetModState _SDL_GetMouseState _SDL_GetThreadID _SDL_GetTicks _SDL_GetVideoInfo
    _SDL_GetVideoSurface _SDL_Init _SDL_InitSubSystem _SDL_JoystickClose _SDL_JoystickEventState
    _SDL_JoystickGetAxis _SDL_JoystickGetButton _SDL_JoystickGetHat _SDL_JoystickName _SDL_JoystickNumAxes
    _SDL_JoystickNumButtons _SDL_JoystickNumHats _SDL_JoystickOpen _SDL_JoystickUpdate _SDL_ListModes _SDL_LockAudio
    _SDL_LockSurface _SDL_MapRGB _SDL_NumJoysticks _SDL_OpenAudio _SDL_PauseAudio _SDL_PeepEvents _SDL_PollEvent
    _SDL_PumpEvents _SDL_Quit _SDL_QuitSubSystem _SDL_RWFromFile _SDL_RemoveTimer _SDL_SaveBMP_RW _SDL_SetAlpha
    _SDL_SetGamma _SDL_SetPalette _SDL_SetVideoMode _SDL_ShowCursor _SDL_ThreadID _SDL_UnlockAudio
    _SDL_UnlockSurface _SDL_UpperBlit _SDL_VideoModeOK _SDL_WM_GrabInput _SDL_WM_SetCaption _SDL_WM_ToggleFullScreen
    _SDL_WaitEvent _SDL_WaitThread _SDL_WarpMouse _SDL_WasInit _SDL_mutexP _SDL_mutexV _stringarg
    """.split(),
    note="it draws on a browser's canvas, and takes the browser's events",
)

al = Table("env", "al")
"""OpenAL."""
al.absent(
    *"""
    _alBuffer3f _alBuffer3i _alBufferData _alBufferf _alBufferfv _alBufferi _alBufferiv _alDeleteBuffers
    _alDeleteSources _alDisable _alDistanceModel _alDopplerFactor _alDopplerVelocity _alEnable _alGenBuffers
    _alGenSources _alGetBoolean _alGetBooleanv _alGetBuffer3f _alGetBuffer3i _alGetBufferf _alGetBufferfv
    _alGetBufferi _alGetBufferiv _alGetDouble _alGetDoublev _alGetEnumValue _alGetError _alGetFloat _alGetFloatv
    _alGetInteger _alGetIntegerv _alGetListener3f _alGetListener3i _alGetListenerf _alGetListenerfv _alGetListeneri
    _alGetListeneriv _alGetProcAddress _alGetSource3f _alGetSource3i _alGetSourcef _alGetSourcefv _alGetSourcei
    _alGetSourceiv _alGetString _alIsBuffer _alIsEnabled _alIsExtensionPresent _alIsSource _alListener3f
    _alListener3i _alListenerf _alListenerfv _alListeneri _alListeneriv _alSource3f _alSource3i _alSourcePause
    _alSourcePausev _alSourcePlay _alSourcePlayv _alSourceQueueBuffers _alSourceRewind _alSourceRewindv
    _alSourceStop _alSourceStopv _alSourceUnqueueBuffers _alSourcef _alSourcefv _alSourcei _alSourceiv
    _alSpeedOfSound _alcCaptureCloseDevice _alcCaptureOpenDevice _alcCaptureSamples _alcCaptureStart _alcCaptureStop
    _alcCloseDevice _alcCreateContext _alcDestroyContext _alcGetContextsDevice _alcGetCurrentContext
    _alcGetEnumValue _alcGetError _alcGetIntegerv _alcGetProcAddress _alcGetString _alcIsExtensionPresent
    _alcMakeContextCurrent _alcOpenDevice _alcProcessContext _alcSuspendContext _emscripten_alcDevicePauseSOFT
    _emscripten_alcDeviceResumeSOFT _emscripten_alcGetStringiSOFT _emscripten_alcResetDeviceSOFT
    """.split(),
    note="it plays through the browser's Web Audio",
)

fetch = Table("env", "fetch")
"""fetch.h."""
fetch.absent(
    *"""
    _emscripten_fetch _emscripten_fetch_attr_init _emscripten_fetch_close
    """.split(),
    note="it asks the browser's network",
)

storage = Table("env", "indexeddb")
"""emscripten.h: a browser's data base."""
storage.absent("_emscripten_idb_{name}", note="it is kept in a browser's data base")

vr = Table("env", "vr")
"""vr.h."""
vr.absent("_emscripten_vr_{name}", note="it shows to a headset, through a browser")

workers = Table("env", "workers")
"""emscripten.h: other scripts, each with a program of its own."""
workers.absent(
    *"""
    _emscripten_call_worker _emscripten_create_worker _emscripten_destroy_worker _emscripten_get_worker_queue_size
    _emscripten_worker_respond _emscripten_worker_respond_provisionally
    """.split(),
    note="it talks to a browser's workers",
)

gl = Table("env", "gl")
"""OpenGL. Every function has a second name, for `eglGetProcAddress`."""
_GL = """
    Accum ActiveTexture AlphaFunc AreTexturesResident ArrayElement AttachObjectARB AttachShader Begin
    BeginConditionalRender BeginQuery BeginQueryEXT BeginTransformFeedback BindAttribLocation BindBuffer
    BindBufferBase BindBufferRange BindFragDataLocation BindFramebuffer BindProgramARB BindRenderbuffer BindSampler
    BindTexture BindTransformFeedback BindVertexArray BindVertexArrayOES Bitmap BlendColor BlendEquation
    BlendEquationSeparate BlendFunc BlendFuncSeparate BlitFramebuffer BufferData BufferSubData CallList CallLists
    CheckFramebufferStatus ClampColor Clear ClearAccum ClearBufferfi ClearBufferfv ClearBufferiv ClearBufferuiv
    ClearColor ClearDepth ClearDepthf ClearIndex ClearStencil ClientActiveTexture ClientWaitSync ClipPlane Color3b
    Color3bv Color3d Color3dv Color3f Color3fv Color3i Color3iv Color3s Color3sv Color3ub Color3ubv Color3ui
    Color3uiv Color3us Color3usv Color4b Color4bv Color4d Color4dv Color4f Color4fv Color4i Color4iv Color4s
    Color4sv Color4ub Color4ubv Color4ui Color4uiv Color4us Color4usv ColorMask ColorMaski ColorMaterial
    ColorPointer ColorSubTable ColorTable ColorTableParameterfv ColorTableParameteriv CompileShader
    CompressedTexImage1D CompressedTexImage2D CompressedTexImage3D CompressedTexSubImage1D CompressedTexSubImage2D
    CompressedTexSubImage3D ConvolutionFilter1D ConvolutionFilter2D ConvolutionParameterf ConvolutionParameterfv
    ConvolutionParameteri ConvolutionParameteriv CopyBufferSubData CopyColorSubTable CopyColorTable
    CopyConvolutionFilter1D CopyConvolutionFilter2D CopyPixels CopyTexImage1D CopyTexImage2D CopyTexSubImage1D
    CopyTexSubImage2D CopyTexSubImage3D CreateProgram CreateProgramObjectARB CreateShader CreateShaderObjectARB
    CullFace DeleteBuffers DeleteFramebuffers DeleteLists DeleteObjectARB DeleteProgram DeleteProgramsARB
    DeleteQueries DeleteQueriesEXT DeleteRenderbuffers DeleteSamplers DeleteShader DeleteSync DeleteTextures
    DeleteTransformFeedbacks DeleteVertexArrays DeleteVertexArraysOES DepthFunc DepthMask DepthRange DepthRangef
    DetachObjectARB DetachShader Disable DisableClientState DisableVertexAttribArray Disablei DrawArrays
    DrawArraysInstanced DrawArraysInstancedANGLE DrawBuffer DrawBuffers DrawBuffersWEBGL DrawElements
    DrawElementsInstanced DrawElementsInstancedANGLE DrawPixels DrawRangeElements EdgeFlag EdgeFlagPointer EdgeFlagv
    Enable EnableClientState EnableVertexAttribArray Enablei End EndConditionalRender EndList EndQuery EndQueryEXT
    EndTransformFeedback EvalCoord1d EvalCoord1dv EvalCoord1f EvalCoord1fv EvalCoord2d EvalCoord2dv EvalCoord2f
    EvalCoord2fv EvalMesh1 EvalMesh2 EvalPoint1 EvalPoint2 FeedbackBuffer FenceSync Finish Flush
    FlushMappedBufferRange FogCoordPointer FogCoordd FogCoorddv FogCoordf FogCoordfv Fogf Fogfv Fogi Fogiv
    FramebufferRenderbuffer FramebufferTexture1D FramebufferTexture2D FramebufferTexture3D FramebufferTextureLayer
    FrontFace Frustum GenBuffers GenFramebuffers GenLists GenProgramsARB GenQueries GenQueriesEXT GenRenderbuffers
    GenSamplers GenTextures GenTransformFeedbacks GenVertexArrays GenVertexArraysOES GenerateMipmap GetActiveAttrib
    GetActiveUniform GetActiveUniformBlockName GetActiveUniformBlockiv GetActiveUniformName GetActiveUniformsiv
    GetAttachedObjectsARB GetAttachedShaders GetAttribLocation GetBooleani_v GetBooleanv GetBufferParameteriv
    GetBufferPointerv GetBufferSubData GetClipPlane GetColorTable GetColorTableParameterfv GetColorTableParameteriv
    GetCompressedTexImage GetConvolutionFilter GetConvolutionParameterfv GetConvolutionParameteriv GetDoublev
    GetError GetFloatv GetFragDataLocation GetFramebufferAttachmentParameteriv GetHandleARB GetHistogram
    GetHistogramParameterfv GetHistogramParameteriv GetInfoLogARB GetIntegeri_v GetIntegerv GetInternalformativ
    GetLightfv GetLightiv GetMapdv GetMapfv GetMapiv GetMaterialfv GetMaterialiv GetMinmax GetMinmaxParameterfv
    GetMinmaxParameteriv GetObjectParameterfvARB GetObjectParameterivARB GetPixelMapfv GetPixelMapuiv GetPixelMapusv
    GetPointerv GetPolygonStipple GetProgramBinary GetProgramEnvParameterdvARB GetProgramEnvParameterfvARB
    GetProgramInfoLog GetProgramLocalParameterdvARB GetProgramLocalParameterfvARB GetProgramStringARB GetProgramiv
    GetQueryObjecti64vEXT GetQueryObjectiv GetQueryObjectivEXT GetQueryObjectui64vEXT GetQueryObjectuiv
    GetQueryObjectuivEXT GetQueryiv GetQueryivEXT GetRenderbufferParameteriv GetSeparableFilter GetShaderInfoLog
    GetShaderPrecisionFormat GetShaderSource GetShaderiv GetString GetStringi GetTexEnvfv GetTexEnviv GetTexGendv
    GetTexGenfv GetTexGeniv GetTexImage GetTexLevelParameterfv GetTexLevelParameteriv GetTexParameterIiv
    GetTexParameterIuiv GetTexParameterfv GetTexParameteriv GetTransformFeedbackVarying GetUniformBlockIndex
    GetUniformIndices GetUniformLocation GetUniformfv GetUniformiv GetUniformuiv GetVertexAttribIiv
    GetVertexAttribIuiv GetVertexAttribPointerv GetVertexAttribdv GetVertexAttribfv GetVertexAttribiv Hint Histogram
    IndexMask IndexPointer Indexd Indexdv Indexf Indexfv Indexi Indexiv Indexs Indexsv Indexub Indexubv InitNames
    InterleavedArrays InvalidateFramebuffer IsBuffer IsEnabled IsEnabledi IsFramebuffer IsList IsProgram IsQuery
    IsQueryEXT IsRenderbuffer IsShader IsTexture IsVertexArray IsVertexArrayOES LightModelf LightModelfv LightModeli
    LightModeliv Lightf Lightfv Lighti Lightiv LineStipple LineWidth LinkProgram ListBase LoadIdentity LoadMatrixd
    LoadMatrixf LoadName LoadTransposeMatrixd LoadTransposeMatrixf LogicOp Map1d Map1f Map2d Map2f MapBuffer
    MapBufferRange MapGrid1d MapGrid1f MapGrid2d MapGrid2f Materialf Materialfv Materiali Materialiv MatrixMode
    Minmax MultMatrixd MultMatrixf MultTransposeMatrixd MultTransposeMatrixf MultiDrawArrays MultiDrawElements
    MultiTexCoord1d MultiTexCoord1dv MultiTexCoord1f MultiTexCoord1fv MultiTexCoord1i MultiTexCoord1iv
    MultiTexCoord1s MultiTexCoord1sv MultiTexCoord2d MultiTexCoord2dv MultiTexCoord2f MultiTexCoord2fv
    MultiTexCoord2i MultiTexCoord2iv MultiTexCoord2s MultiTexCoord2sv MultiTexCoord3d MultiTexCoord3dv
    MultiTexCoord3f MultiTexCoord3fv MultiTexCoord3i MultiTexCoord3iv MultiTexCoord3s MultiTexCoord3sv
    MultiTexCoord4d MultiTexCoord4dv MultiTexCoord4f MultiTexCoord4fv MultiTexCoord4i MultiTexCoord4iv
    MultiTexCoord4s MultiTexCoord4sv NewList Normal3b Normal3bv Normal3d Normal3dv Normal3f Normal3fv Normal3i
    Normal3iv Normal3s Normal3sv NormalPointer Ortho PassThrough PixelMapfv PixelMapuiv PixelMapusv PixelStoref
    PixelStorei PixelTransferf PixelTransferi PixelZoom PointParameterf PointParameterfv PointParameteri
    PointParameteriv PointSize PolygonMode PolygonOffset PolygonStipple PopAttrib PopClientAttrib PopMatrix PopName
    PrimitiveRestartIndex PrioritizeTextures ProgramBinary ProgramEnvParameter4dARB ProgramEnvParameter4dvARB
    ProgramEnvParameter4fARB ProgramEnvParameter4fvARB ProgramLocalParameter4dARB ProgramLocalParameter4dvARB
    ProgramLocalParameter4fARB ProgramLocalParameter4fvARB ProgramParameteri ProgramStringARB PushAttrib
    PushClientAttrib PushMatrix PushName QueryCounterEXT RasterPos2d RasterPos2dv RasterPos2f RasterPos2fv
    RasterPos2i RasterPos2iv RasterPos2s RasterPos2sv RasterPos3d RasterPos3dv RasterPos3f RasterPos3fv RasterPos3i
    RasterPos3iv RasterPos3s RasterPos3sv RasterPos4d RasterPos4dv RasterPos4f RasterPos4fv RasterPos4i RasterPos4iv
    RasterPos4s RasterPos4sv ReadBuffer ReadPixels Rectd Rectdv Rectf Rectfv Recti Rectiv Rects Rectsv
    ReleaseShaderCompiler RenderMode RenderbufferStorage RenderbufferStorageMultisample ResetHistogram ResetMinmax
    Rotated Rotatef SampleCoverage SamplerParameteri Scaled Scalef Scissor SecondaryColor3b SecondaryColor3bv
    SecondaryColor3d SecondaryColor3dv SecondaryColor3f SecondaryColor3fv SecondaryColor3i SecondaryColor3iv
    SecondaryColor3s SecondaryColor3sv SecondaryColor3ub SecondaryColor3ubv SecondaryColor3ui SecondaryColor3uiv
    SecondaryColor3us SecondaryColor3usv SecondaryColorPointer SelectBuffer SeparableFilter2D ShadeModel
    ShaderBinary ShaderSource StencilFunc StencilFuncSeparate StencilMask StencilMaskSeparate StencilOp
    StencilOpSeparate TexBuffer TexCoord1d TexCoord1dv TexCoord1f TexCoord1fv TexCoord1i TexCoord1iv TexCoord1s
    TexCoord1sv TexCoord2d TexCoord2dv TexCoord2f TexCoord2fv TexCoord2i TexCoord2iv TexCoord2s TexCoord2sv
    TexCoord3d TexCoord3dv TexCoord3f TexCoord3fv TexCoord3i TexCoord3iv TexCoord3s TexCoord3sv TexCoord4d
    TexCoord4dv TexCoord4f TexCoord4fv TexCoord4i TexCoord4iv TexCoord4s TexCoord4sv TexCoordPointer TexEnvf
    TexEnvfv TexEnvi TexEnviv TexGend TexGendv TexGenf TexGenfv TexGeni TexGeniv TexImage1D TexImage2D TexImage3D
    TexParameterIiv TexParameterIuiv TexParameterf TexParameterfv TexParameteri TexParameteriv TexStorage2D
    TexStorage3D TexSubImage1D TexSubImage2D TexSubImage3D TransformFeedbackVaryings Translated Translatef Uniform1f
    Uniform1fv Uniform1i Uniform1iv Uniform1ui Uniform1uiv Uniform2f Uniform2fv Uniform2i Uniform2iv Uniform2ui
    Uniform2uiv Uniform3f Uniform3fv Uniform3i Uniform3iv Uniform3ui Uniform3uiv Uniform4f Uniform4fv Uniform4i
    Uniform4iv Uniform4ui Uniform4uiv UniformBlockBinding UniformMatrix2fv UniformMatrix2x3fv UniformMatrix2x4fv
    UniformMatrix3fv UniformMatrix3x2fv UniformMatrix3x4fv UniformMatrix4fv UniformMatrix4x2fv UniformMatrix4x3fv
    UnmapBuffer UseProgram UseProgramObjectARB ValidateProgram Vertex2d Vertex2dv Vertex2f Vertex2fv Vertex2i
    Vertex2iv Vertex2s Vertex2sv Vertex3d Vertex3dv Vertex3f Vertex3fv Vertex3i Vertex3iv Vertex3s Vertex3sv
    Vertex4d Vertex4dv Vertex4f Vertex4fv Vertex4i Vertex4iv Vertex4s Vertex4sv VertexAttrib1d VertexAttrib1dv
    VertexAttrib1f VertexAttrib1fv VertexAttrib1s VertexAttrib1sv VertexAttrib2d VertexAttrib2dv VertexAttrib2f
    VertexAttrib2fv VertexAttrib2s VertexAttrib2sv VertexAttrib3d VertexAttrib3dv VertexAttrib3f VertexAttrib3fv
    VertexAttrib3s VertexAttrib3sv VertexAttrib4Nbv VertexAttrib4Niv VertexAttrib4Nsv VertexAttrib4Nub
    VertexAttrib4Nubv VertexAttrib4Nuiv VertexAttrib4Nusv VertexAttrib4bv VertexAttrib4d VertexAttrib4dv
    VertexAttrib4f VertexAttrib4fv VertexAttrib4iv VertexAttrib4s VertexAttrib4sv VertexAttrib4ubv VertexAttrib4uiv
    VertexAttrib4usv VertexAttribDivisor VertexAttribDivisorANGLE VertexAttribI1i VertexAttribI1iv VertexAttribI1ui
    VertexAttribI1uiv VertexAttribI2i VertexAttribI2iv VertexAttribI2ui VertexAttribI2uiv VertexAttribI3i
    VertexAttribI3iv VertexAttribI3ui VertexAttribI3uiv VertexAttribI4bv VertexAttribI4i VertexAttribI4iv
    VertexAttribI4sv VertexAttribI4ubv VertexAttribI4ui VertexAttribI4uiv VertexAttribI4usv VertexAttribIPointer
    VertexAttribPointer VertexPointer Viewport WindowPos2d WindowPos2dv WindowPos2f WindowPos2fv WindowPos2i
    WindowPos2iv WindowPos2s WindowPos2sv WindowPos3d WindowPos3dv WindowPos3f WindowPos3fv WindowPos3i WindowPos3iv
    WindowPos3s WindowPos3sv
""".split()
for prefix in ("_gl", "_emscripten_gl"):
    gl.absent(*(prefix + name for name in _GL), note="it draws on a browser's canvas")

webgpu = Table("env", "webgpu")
"""WebGPU, from 1.39.1 on."""
webgpu.absent("_wgpu{name}", note="it draws on a browser's canvas")

BROWSER = (html5, webgl, webgpu, egl, glfw, sdl, al, fetch, storage, vr, workers, gl)
"""What belongs to a browser."""

own = Table("env", "own")
"""What is none of Emscripten's. Up to 1.38.12 a program could be linked without a function that it calls."""
own.absent(
    "__Z{name}",
    note="a function of C++, of a library that the program was linked without; a side module has it from its program",
)
own.absent("_emscripten_{name}", note="by its name a function of Emscripten's, but none that compat has")
own.absent(
    "{name}",
    note="it is none of Emscripten's: the program's own JavaScript had it (--allow-js runs that), or nobody "
    "(Python can: imports=)",
)

TABLES = (*BROWSER, own)
